"""Sorting Chinese names alike on every database: a stored key of pinyin."""


def pinyin_key(name: str) -> str:
    """Syllables with tone numbers, joined by blanks; what is not Chinese stays, in lower case."""
    from pypinyin import Style, lazy_pinyin  # a second of loading, which no start has to wait for

    return " ".join(lazy_pinyin(name, style=Style.TONE3, neutral_tone_with_five=True)).lower()[:300]
