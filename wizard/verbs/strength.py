"""How strong a passphrase is, and words for a new one; both libraries are imported on first use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.base.secrets import Secret

WORDS = 6
"""Words of a generated passphrase: of 7776 each, 77 bits together."""
JUDGED = 72
"""Characters that are looked at; zxcvbn takes no more, and what is longer is no weaker."""
LABELS = ("very weak", "weak", "fair", "good", "strong")
SPEED = "offline_slow_hashing_1e4_per_second"
"""zxcvbn's figure for a thief who has the disk and tries 10 000 passphrases a second, against a
slow hash.
"""


@dataclass(frozen=True)
class Strength:
    """`score` is zxcvbn's, 0 (very weak) to 4 (strong); `lasts` how long a thief with the disk
    would try.
    """

    score: int
    lasts: str
    advice: str = ""

    @property
    def label(self) -> str:
        """The score as a word."""
        return LABELS[self.score]

    def __str__(self) -> str:
        advice = f" {self.advice}" if self.advice else ""
        return f"{self.label} ({self.score} of 4): tried out in {self.lasts}.{advice}"


def judge(text: str) -> Strength:
    """Estimate a passphrase by zxcvbn; the text goes nowhere."""
    from zxcvbn import zxcvbn

    if not text:
        return Strength(0, "no time", "It is empty.")
    found = zxcvbn(text[:JUDGED])
    advice = [found["feedback"]["warning"], *found["feedback"]["suggestions"]]
    sentences = " ".join(f"{one.rstrip('.')}." for one in advice if one)
    return Strength(found["score"], str(found["crack_times_display"][SPEED]), sentences)


def words(count: int = WORDS) -> Secret:
    """A new passphrase of random words (EFF's long list, by the system's random numbers), with
    blanks between.
    """
    from xkcdpass import xkcd_password

    from wizard.base.secrets import Secret

    listed = xkcd_password.generate_wordlist(
        xkcd_password.locate_wordfile("eff-long"), min_length=3, max_length=9
    )
    return Secret(xkcd_password.generate_xkcdpassword(listed, numwords=count))
