"""Nasty phone numbers and addresses from a seed, for the tests that compare with the libraries."""

import random

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat

_SEPARATORS = [" ", "-", ".", "(", ")", "/", "\u00a0", "\u2013", "\u2011", "\u200b", "[", "]", "  ", " - "]
_NON_GEOGRAPHIC = (800, 808, 870, 878, 881, 882, 883, 888, 979)
_MAILBOXES = ("info", "sales", "noc", "postmaster", "www", "ftp", "security", "abuse")
_ATOM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+/=?^_`{|}~-"


def phone_numbers(seed, count):
    """Return `count` pairs of a text and a default region (or None), over all regions of phonenumbers."""
    rnd = random.Random(seed)
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    examples = _examples(regions, rnd)
    return [_phone(rnd, regions, *rnd.choice(examples)) for _ in range(count)]


def _examples(regions, rnd):
    types = range(11)
    found = [(region, phonenumbers.example_number_for_type(region, kind)) for region in regions for kind in types]
    found += [(rnd.choice(regions), phonenumbers.example_number_for_non_geo_entity(code)) for code in _NON_GEOGRAPHIC]
    return [(region, number) for region, number in found if number]


def _phone(rnd, regions, region, number):
    national, code = phonenumbers.national_significant_number(number), str(number.country_code)
    national = _mutated(rnd, national) if rnd.random() < 0.25 else national
    prefix = PhoneMetadata.metadata_for_region(region).national_prefix or rnd.choice("018")
    text = rnd.choice(
        [
            "+" + code + national,
            "+" + code + prefix + national,
            national,
            prefix + national,
            code + national,
            "00" + code + national,
            "011" + code + national,
            code + prefix + national,
            phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
            phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
            "+" + code + " (0)" + national,
            "".join(rnd.choices("0123456789", k=rnd.randint(2, 18))),
            national[3:] if len(national) > 9 else national[1:],
        ]
    )
    return _decorated(rnd, text), (
        None if rnd.random() < 0.03 else region if rnd.random() < 0.8 else rnd.choice(regions)
    )


def _decorated(rnd, text):
    if rnd.random() < 0.5:
        text = "".join(digit + (rnd.choice(_SEPARATORS) if rnd.random() < 0.15 else "") for digit in text)
    if rnd.random() < 0.05:
        text = (
            " "
            + text
            + rnd.choice([" ", ".", "-", ")", " x12", " ext. 3", "#4", "x1234567", " extension 012", "ext 9"])
        )
    if rnd.random() < 0.02:
        text = text.replace("+", "++", 1)
    if rnd.random() < 0.02:
        place = rnd.randrange(len(text) + 1)
        text = text[:place] + rnd.choice("+xO٣") + text[place:]
    return text


def _mutated(rnd, digits):
    digits = list(digits)
    for _ in range(rnd.randint(1, 3)):
        chance, place = rnd.random(), rnd.randrange(len(digits))
        if chance < 0.6:
            digits[place] = str(rnd.randint(0, 9))
        elif chance < 0.8 and len(digits) > 3:
            del digits[place]
        else:
            digits.insert(place, str(rnd.randint(0, 9)))
    return "".join(digits)


def addresses(seed, count):
    """Return `count` texts that are or nearly are email addresses."""
    rnd = random.Random(seed)
    return [_address(rnd) for _ in range(count)]


def _address(rnd):
    atoms = ["".join(rnd.choices(_ATOM, k=rnd.choice([1, 3, 8, 8, 20, 64]))) for _ in range(rnd.choice([1, 1, 2, 3]))]
    labels = [
        "".join(rnd.choices(_ATOM[:62] + "-", k=rnd.choice([1, 2, 6, 6, 12, 30, 63, 64])))
        for _ in range(rnd.choice([1, 1, 2]))
    ]
    top = rnd.choice(
        ["com", "org", "de", "CO.UK", "museum", "test", "local", "c", "con", "x1", "invalid", "info", "İo"]
    )
    if rnd.random() < 0.05:
        name = rnd.choice(_MAILBOXES)
        atoms = [rnd.choice([name, name.upper(), name.title(), name + "s"]), *atoms[2:]]
    text = ".".join(atoms) + "@" + ".".join([*labels, top])
    if rnd.random() < 0.1:
        place = rnd.randrange(len(text) + 1)
        text = (
            text[:place] + rnd.choice(["@", ".", "..", "é", " ", "\u200b", "ü", "--", "＠", '"', "日"]) + text[place:]
        )
    return text
