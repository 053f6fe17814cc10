r"""The metadata of the installed phonenumbers as regular expressions for the Rust engine.

Source: Google libphonenumber's metadata in the package phonenumbers; nothing here is written by hand, so an update of
that package needs no change. `\d` becomes `[0-9]`: it means Unicode digits in Rust, ASCII in the metadata's use.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

_Metadata = Any  # phonenumbers types every attribute of PhoneMetadata as optional
_NON_GEOGRAPHIC = "001"
_TYPES = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)


@dataclass(frozen=True)
class RegionRules:
    """What libphonenumber knows about numbers of one region; every text is a regular expression or a template.

    general, valid: for the whole national number. idd, prefix, leading: for its start. transform: what replaces the
    prefix when its last group, number `groups`, took part.
    """

    region: str
    code: int
    is_main: bool
    idd: str | None
    prefix: str | None
    groups: int
    transform: str | None
    leading: str | None
    general: str
    valid: str | None
    lengths: tuple[int, ...]
    local_lengths: tuple[int, ...]


@cache
def of_region(region: str) -> RegionRules | None:
    """Return the rules of an upper-case ISO region; None where phonenumbers has none."""
    if region not in phonenumbers.SUPPORTED_REGIONS:
        return None
    return _rules(PhoneMetadata.metadata_for_region(region))


@cache
def of_code(code: int) -> tuple[RegionRules, ...]:
    """Return the rules of all regions of a calling code, in the order in which validity tries them."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    return tuple(_rules(_metadata(code, region)) for region in regions)


@cache
def calling_codes(digits: int) -> tuple[str, ...]:
    """Return the calling codes of this many digits; they are prefix-free."""
    return tuple(sorted(str(code) for code in COUNTRY_CODE_TO_REGION_CODE if len(str(code)) == digits))


@cache
def regions() -> tuple[str, ...]:
    """Return every region that phonenumbers knows, as ISO 3166-1 alpha-2."""
    return tuple(sorted(phonenumbers.SUPPORTED_REGIONS))


def metadata_version() -> str:
    """Return the version of the phone metadata, which is that of the installed phonenumbers."""
    return phonenumbers.__version__


def _metadata(code: int, region: str) -> _Metadata:
    if region == _NON_GEOGRAPHIC:
        return PhoneMetadata.metadata_for_nongeo_region(code)
    return PhoneMetadata.metadata_for_region(region)


def _rules(data: _Metadata) -> RegionRules:
    prefix, rule = data.national_prefix_for_parsing, data.national_prefix_transform_rule
    general = data.general_desc
    return RegionRules(
        region=data.id,
        code=data.country_code,
        is_main=COUNTRY_CODE_TO_REGION_CODE[data.country_code][0] == data.id,
        idd=_start(data.international_prefix),
        prefix=_start(prefix),
        groups=re.compile(prefix).groups if prefix else 0,
        transform=re.sub(r"\\(\d)", r"${\1}", rule) if rule else None,
        leading=_start(data.leading_digits),
        general=_whole(general.national_number_pattern),
        valid=_valid(data),
        lengths=tuple(general.possible_length),
        local_lengths=tuple(general.possible_length_local_only),
    )


def _valid(data: _Metadata) -> str | None:
    described = (getattr(data, name) for name in _TYPES)
    patterns = [kind.national_number_pattern for kind in described if kind and kind.national_number_pattern]
    return _whole("|".join(patterns)) if patterns else None


def _whole(pattern: str) -> str:
    return f"^(?:{_ascii(pattern)})$"


def _start(pattern: str | None) -> str | None:
    return f"^(?:{_ascii(pattern)})" if pattern else None


def _ascii(pattern: str) -> str:
    return pattern.replace(r"\d", "[0-9]")
