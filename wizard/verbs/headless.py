"""The engine without a screen: the verbs that take steps, as plain text with exit codes."""

from wizard.verbs.apply import ROUNDS as ROUNDS
from wizard.verbs.apply import apply as apply
from wizard.verbs.look import plan as plan
from wizard.verbs.look import verify as verify
from wizard.verbs.status import status as status
from wizard.verbs.tell import show as show
from wizard.verbs.tell import tell as tell
