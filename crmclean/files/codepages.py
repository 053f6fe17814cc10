"""Which legacy code page a text is in, told by the letters that its high bytes make.

A code page fits when most of its letters belong to the alphabet of one language, stand inside words, and have the case
of their neighbours. Names mix languages, so a share decides, not a proof; ties go to the earlier page.
"""

from collections import Counter
from itertools import pairwise

_WESTERN = ("äöüß", "éèàùçêâîôûëïüœ", "áéíóúñü", "ãõáâàçéêíóôú", "àèéìòù", "åäöé", "åæøé", "ëïéöüè")
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýžľĺŕôä", "áéíóöőúüű", "ăâîşţșț", "čćđšž")
_TURKISH = ("çğıöşüâi̇",)
_CYRILLIC = ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя")
_GREEK = ("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋ",)
_PAGES = (  # in the order of how often exports are written in them
    ("cp1252", _WESTERN),
    ("mac_roman", _WESTERN),
    ("cp1250", _CENTRAL),
    ("iso8859_2", _CENTRAL),
    ("cp1254", _TURKISH),
    ("cp1251", _CYRILLIC),
    ("cp1253", _GREEK),
)
_TYPOGRAPHY = "’‘“”–—…€£°®©™•«»¿¡ºª§\xa0"
_MARGIN = 0.05  # by which a rarer page must be better
_EVERYDAY = 0.8  # share of special characters in Japanese text that are common, and in words of their own
_RUNS = 0.9  # share of the high bytes that stand in pairs or longer runs in Chinese text


def code_page(sample: bytes) -> tuple[str, str]:
    """Return the code page of lines that hold high bytes, and the evidence."""
    wide = _east_asian(sample)
    if wide:
        return wide
    scores = {page: _score(sample, page, alphabets) for page, alphabets in _PAGES}
    best = "cp1252"
    for page, score in scores.items():
        if score > scores[best] + _MARGIN:
            best = page
    return best, f"{max(scores[best], 0):.0%} of its special letters fit one language there"


def _east_asian(sample: bytes) -> tuple[str, str] | None:
    high = [byte >= 0x80 for byte in sample]
    runs = sum(
        one and (before or after) for before, one, after in zip([False, *high], high, [*high[1:], False], strict=False)
    )
    japanese = _valid(sample, "cp932")
    if (
        japanese is not None
        and _share(japanese, "\u3040", "\u30ff") >= 0.2
        and _share(japanese, "\uff61", "\uff9f") < 0.3
    ):
        return "cp932", "its bytes make Japanese syllables"
    if japanese is not None and _everyday_japanese(japanese):
        return "cp932", "its bytes make Japanese characters"
    chinese = _valid(sample, "gb18030")
    pairs = runs >= _RUNS * max(sum(high), 1)
    if chinese is not None and pairs and _common_chinese(sample) >= _RUNS:
        return "gb18030", "its bytes make Chinese characters"
    if japanese is not None and pairs and _share(japanese, "\u4e00", "\u9fff") >= _RUNS:
        return "cp932", "its bytes make Japanese characters"
    return None


def _everyday_japanese(text: str) -> bool:
    """Whether nearly all special characters are kana and the kanji of JIS level 1, and stand next to each other.

    Western letters read as Japanese stand alone among Latin ones, or make halfwidth kana and rare kanji.
    """
    special = [ord(letter) > 0x7F for letter in text]
    beside = sum(
        one and (before or after)
        for before, one, after in zip([False, *special], special, [*special[1:], False], strict=False)
    )
    letters = [letter for letter in text if ord(letter) > 0x7F]
    codes = [letter.encode("cp932", "ignore") for letter in letters]
    common = sum(len(code) == 2 and 0x81 <= code[0] <= 0x98 for code in codes)
    return bool(letters) and min(beside, common) >= _EVERYDAY * len(letters)


def _common_chinese(sample: bytes) -> float:
    """Return the share of characters in the two levels of GB 2312, where nearly all of daily Chinese stands."""
    characters = [letter for letter in sample.decode("gb18030", "replace") if ord(letter) > 0x7F]
    codes = [letter.encode("gb2312", "ignore") for letter in characters]
    common = sum(len(code) == 2 and 0xB0 <= code[0] <= 0xD7 for code in codes)
    return common / max(len(characters), 1)


def _valid(sample: bytes, page: str) -> str | None:
    text = sample.decode(page, "replace")
    return None if text.count("\ufffd") > len(sample) // 1000 else text


def _share(text: str, first: str, last: str) -> float:
    special = [letter for letter in text if ord(letter) > 0x7F]
    return sum(first <= letter <= last for letter in special) / max(len(special), 1)


def _score(sample: bytes, page: str, alphabets: tuple[str, ...]) -> float:
    """Return how well the special letters fit the best alphabet, less what stands out of place."""
    text = sample.decode(page, "replace")
    special = Counter(letter for letter in text if ord(letter) > 0x7F and letter not in _TYPOGRAPHY)
    total = sum(special.values())
    if not total:
        return 0.0
    one = max(_within(special, alphabet) for alphabet in alphabets)
    any_ = _within(special, "".join(alphabets))
    strange = sum(count for letter, count in special.items() if not letter.isalpha())
    return ((one + any_) / 2 - strange - _out_of_place(text)) / total


def _within(letters: Counter[str], alphabet: str) -> int:
    return sum(count for letter, count in letters.items() if letter.lower() in alphabet)


def _out_of_place(text: str) -> int:
    """Count special capitals right behind a small letter, and words of two scripts; wrong pages make them."""
    pairs = list(pairwise(text))
    capitals = sum(second.isupper() and ord(second) > 0x7F and first.islower() for first, second in pairs)
    scripts = sum(_latin(first) != _latin(second) for first, second in pairs if first.isalpha() and second.isalpha())
    return capitals + scripts


def _latin(letter: str) -> bool:
    return ord(letter) < 0x250
