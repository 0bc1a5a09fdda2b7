"""What can be wrong with a text that shall go on the air. Both are the caller's to mend."""


class EncodingError(ValueError):
    """The text cannot be sent as asked."""


class TextTooLong(EncodingError):
    """More parts would be needed than a header can count (255)."""


class NotInAlphabet(EncodingError):
    """A character has no place in the alphabet, or is half of a surrogate pair.

    Args:
        at: index of the first such character in the text.
    """

    def __init__(self, alphabet: str, at: int) -> None:
        super().__init__(f"character {at + 1} cannot be written in {alphabet}")
        self.alphabet = alphabet
        self.at = at
