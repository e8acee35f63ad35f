"""The line that greets whoever logs in to the wizard's own node while the build is unfinished."""

from __future__ import annotations

from wizard.hosts.host import Host
from wizard.model.write import write_file

PATH = "/etc/profile.d/zz-ganeti-wizard.sh"


def put(host: Host, resume: str) -> None:
    """Show at each login how to resume; raises WizardError when the file cannot be written."""
    quoted = resume.replace("'", "'\\''")
    text = (
        'if [ -t 1 ] && [ "$(id -u)" = 0 ]; then\n'
        f"  printf '%s\\n' 'ganeti-wizard: the build is not finished. Go on with:' '  {quoted}'\n"
        "fi\n"
    )
    command = write_file(host.name, PATH, text, "name the resume command at login")
    host.run(command.argv, stdin=text.encode())


def remove(host: Host) -> None:
    """The build is done: greet no more."""
    host.run(("rm", "-f", PATH))
