"""What is wrong with a directory file is said in one line, with the line, the table and the key, and no secret."""

from pathlib import Path

import pytest

from hemgang.errors import HemgangError
from hemgang.notifications.directory import Directory
from hemgang.notifications.directory_config import DirectoryError, load_directory

GOOD = Path(__file__).with_name("good-directory.toml").read_text(encoding="utf-8")
ENVIRONMENT = {"VC_SMS": "json://127.0.0.1/hunter2", "EMPTY": " "}


def load(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> Directory:
    (tmp_path / "mail.secret").write_text("json://127.0.0.1/hunter2\n", encoding="utf-8")
    path = tmp_path / "directory.toml"
    path.write_text(text, encoding="utf-8")
    return load_directory(path, ENVIRONMENT if environ is None else environ)


def problems(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> list[tuple[int | None, str]]:
    with pytest.raises(DirectoryError) as refused:
        load(tmp_path, text, environ)
    assert len(str(refused.value).splitlines()) == len(refused.value.problems)
    assert "hunter2" not in str(refused.value) + repr(refused.value.problems)
    return [(problem.line, f"{problem.key}: {problem.message}") for problem in refused.value.problems]


# fmt: off
# Each: a change of the good file (old, new), and the one fault it makes, with its line in the changed file.
FAULTS = [
    ('language = "en"', 'language = "no"', 2, "settings.language: must be one of sv, en"),
    ('language = "en"', "language = 3", 2, "settings.language: must be one of sv, en"),
    ('language = "en"', 'colour = "red"', 2, "settings.colour: unknown key; known are language, link, acknowledged_for_hours, bundle_minutes, digests"),  # noqa: E501
    ('language = "en"', 'link = "ftp://host/"', 2, "settings.link: must be a web address that a reference can be put behind, like https://host/ref/"),  # noqa: E501
    ('language = "en"', 'link = "https://host/\\nBcc: x"', 2, "settings.link: must be a web address that a reference can be put behind, like https://host/ref/"),  # noqa: E501
    ('language = "en"', "bundle_minutes = -1", 2, "settings.bundle_minutes: must be a whole number from 0 to 240"),
    ('language = "en"', "bundle_minutes = true", 2, "settings.bundle_minutes: must be a whole number from 0 to 240"),
    ('language = "en"', "acknowledged_for_hours = 0", 2, "settings.acknowledged_for_hours: must be a whole number from 1 to 200"),  # noqa: E501
    ('language = "en"', "digests = []", 2, 'settings.digests: must be local times in order, each once, like ["07:45", "12:45"]'),  # noqa: E501
    ('language = "en"', 'digests = ["12:45", "07:45"]', 2, 'settings.digests: must be local times in order, each once, like ["07:45", "12:45"]'),  # noqa: E501
    ('language = "en"', 'digests = ["25:00"]', 2, 'settings.digests: must be local times in order, each once, like ["07:45", "12:45"]'),  # noqa: E501
    ('language = "en"', 'digests = ["07:45Z"]', 2, 'settings.digests: must be local times in order, each once, like ["07:45", "12:45"]'),  # noqa: E501
    ("[settings]", "[[settings]]", 1, "settings: must be one table, written [settings]"),
    ("[settings]", "[setings]", 1, "setings: unknown table; known are settings, unit, contact, channel, operator"),
    ('[operator]\nchannel = "it"\n', "\n\n", None, "operator: there is no [operator]; alarms about the alerts themselves would reach nobody"),  # noqa: E501
    ('[operator]\nchannel = "it"', "[operator]", 4, "operator: needs exactly one of contact, channel"),
    ('[operator]\nchannel = "it"', '[operator]\nchannel = "ti"', 5, 'operator.channel: no channel is called "ti"'),
    ('[operator]\nchannel = "it"', '[operator]\ncontact = "vc"', 5, 'operator.contact: no contact is called "vc"'),
    ('[operator]\nchannel = "it"', '[operator]\nphone = "1"\nchannel = "it"', 5, "operator.phone: unknown key; known are contact, channel"),  # noqa: E501
    ('id = "intake"', 'id = ""', 17, 'unit "".id: must be 1 to 64 letters, digits, full stops, hyphens or underscores'),
    ('id = "intake"', 'id = "Anna A"', 17, 'unit "Anna A".id: must be 1 to 64 letters, digits, full stops, hyphens or underscores'),  # noqa: E501
    ('id = "intake"', 'id = "operator"', 17, 'unit "operator".id: "operator" is kept for [operator]'),
    ('id = "intake"', 'id = "vc"', 17, 'unit "vc".id: is already used on line 8'),
    ('id = "intake"', 'id = "anna"', 24, 'contact "anna".id: is already used on line 17'),
    ('id = "intake"\n', "", 16, "unit 2.id: is missing; must be 1 to 64 letters, digits, full stops, hyphens or underscores"),  # noqa: E501
    ('kind = "outpatient"', 'kind = "clinic"', 9, 'unit "vc".kind: must be one of ward, outpatient, municipal'),
    ('kind = "outpatient"\n', "", 7, 'unit "vc".kind: is missing; must be one of ward, outpatient, municipal'),
    ('hours = "agreement"\n', "", 7, 'unit "vc".hours: is missing; hours are "always", "agreement", "weekdays 08:00-17:00" or "weekdays 08:00-17:00, third day"'),  # noqa: E501
    ('hours = "agreement"', 'hours = "weekdays 8-17"', 10, 'unit "vc".hours: hours are "always", "agreement", "weekdays 08:00-17:00" or "weekdays 08:00-17:00, third day"'),  # noqa: E501
    ('hours = "agreement"', 'hours = "weekdays 17:00-08:00"', 10, 'unit "vc".hours: the hours 17:00-08:00 are no hours of one day'),  # noqa: E501
    ('hours = "agreement"', 'hours = "weekdays 08:00-25:00"', 10, 'unit "vc".hours: the hours 08:00-25:00 are no hours of one day'),  # noqa: E501
    ('channel = "vc-mail"', 'channel = "vc-male"', 11, 'unit "vc".channel: no channel is called "vc-male"'),
    ('channel = "vc-mail"\n', "", 11, 'unit "vc".urgent_channel: needs a channel beside it'),
    ('urgent_channel = "vc-sms"', 'urgent_channel = "sms"', 12, 'unit "vc".urgent_channel: no channel is called "sms"'),
    ('backup = "anna"', 'backup = "anne"', 13, 'unit "vc".backup: no unit or contact is called "anne"'),
    ('backup = "anna"', 'backup = "vc"', 13, 'unit "vc".backup: is the same as the one it stands in for'),
    ('backup = "anna"', 'contact = "intake"', 13, 'unit "vc".contact: no contact is called "intake"'),
    ('manager = "boss"', "manager = true", 14, 'unit "vc".manager: must be a text that is not empty'),
    ('manager = "boss"', 'municipality = "2309"', 14, 'unit "vc".municipality: belongs to a unit of kind municipal'),
    ('municipality = "2309"\n', "", 16, 'unit "intake".municipality: is missing; must be a municipality code of four digits'),  # noqa: E501
    ('municipality = "2309"', 'municipality = "Krokom"', 19, 'unit "intake".municipality: must be a municipality code of four digits'),  # noqa: E501
    ('municipality = "2309"', 'municipality = "2309"\ndistrict = "1"', 20, 'unit "intake".district: only municipality 0180 pays by district'),  # noqa: E501
    ('"2309"\nhours = "weekdays 08:00-17:00"\nchannel = "it"', '"2309"\nhours = "always"', 16, 'unit "intake": nobody can be reached: it needs a channel, contact, backup or manager'),  # noqa: E501
    ('id = "intake"', 'id = "a\\nb"', 17, 'unit "a b".id: must be 1 to 64 letters, digits, full stops, hyphens or underscores'),  # noqa: E501
    ('unit = "vc"\n', 'unit = "cv"\n', 25, 'contact "anna".unit: no unit is called "cv"'),
    ('unit = "vc"\n', "", 23, 'contact "anna": needs the key hours, or a unit to take them from'),
    ('hours = "always"\nchannel = "it"', 'hours = "always"', 28, 'contact "boss".channel: is missing; must be a text that is not empty'),  # noqa: E501
    ('url_env = "VC_SMS"', 'url_env = "NO_SMS"', 43, 'channel "vc-sms".url_env: the environment variable NO_SMS is not set'),  # noqa: E501
    ('url_env = "VC_SMS"', 'url_env = "EMPTY"', 43, 'channel "vc-sms".url_env: EMPTY is empty'),
    ('url_env = "VC_SMS"\n', "", 41, 'channel "vc-sms": needs exactly one of url, url_env, url_file'),
    ('url_env = "VC_SMS"', 'url_env = "VC_SMS"\nurl = "json://127.0.0.1/hunter2"', 43, 'channel "vc-sms".url_env: needs exactly one of url, url_env, url_file'),  # noqa: E501
    ('url_file = "mail.secret"', 'url_file = "no.secret"', 39, 'channel "vc-mail".url_file: the file no.secret cannot be read as text'),  # noqa: E501
    ('"json://127.0.0.1/hunter2"', '"json://:hunter2"', 35, 'channel "it".url: is not an address that Apprise can read'),  # noqa: E501
    ('"json://127.0.0.1/hunter2"', '"json://127.0.0.1/hunter2?optional=yes"', 35, 'channel "it".url: must not say optional: a failure would count as delivered'),  # noqa: E501
    ('fallback = "vc-mail"', 'fallback = "vc-post"', 44, 'channel "vc-sms".fallback: no channel is called "vc-post"'),
    ('fallback = "vc-mail"', 'fallback = "vc-sms"', 44, 'channel "vc-sms".fallback: goes round in a circle: vc-sms, vc-sms'),  # noqa: E501
]
# fmt: on


@pytest.mark.parametrize(("old", "new", "line", "text"), FAULTS)
def test_one_fault_is_one_clear_line(tmp_path: Path, old: str, new: str, line: int | None, text: str) -> None:
    assert GOOD.count(old) >= 1
    assert problems(tmp_path, GOOD.replace(old, new, 1)) == [(line, text)]


@pytest.mark.parametrize("url", ["https://example.invalid/hunter2", "discord://hunter2/x", "hunter2", "://hunter2"])
def test_only_listed_kinds_of_address_are_allowed(tmp_path: Path, url: str) -> None:
    ((line, text),) = problems(tmp_path, GOOD, {"VC_SMS": url})
    assert line == 43
    assert text.startswith('channel "vc-sms".url_env: the address must begin with one of mailto, mailtos, ')
    assert text.endswith(" and ://")


def test_a_circle_of_three_is_told_at_each_of_its_channels(tmp_path: Path) -> None:
    circle = GOOD.replace('/hunter2"', '/hunter2"\nfallback = "vc-sms"', 1)
    circle = circle.replace('"mail.secret"', '"mail.secret"\nfallback = "it"', 1)
    assert problems(tmp_path, circle) == [
        (36, 'channel "it".fallback: goes round in a circle: it, vc-sms, vc-mail, it'),
        (41, 'channel "vc-mail".fallback: goes round in a circle: vc-mail, it, vc-sms, vc-mail'),
        (46, 'channel "vc-sms".fallback: goes round in a circle: vc-sms, vc-mail, it, vc-sms'),
    ]


def test_a_channel_that_leads_into_a_circle_is_not_blamed_for_it(tmp_path: Path) -> None:
    lasso = GOOD.replace('/hunter2"', '/hunter2"\nfallback = "it"', 1)
    lasso = lasso.replace('"mail.secret"', '"mail.secret"\nfallback = "it"', 1)
    assert [text for _, text in problems(tmp_path, lasso)] == ['channel "it".fallback: goes round in a circle: it, it']


def test_two_intakes_for_one_municipality_are_a_fault(tmp_path: Path) -> None:
    twice = GOOD.replace(
        "[[contact]]",
        '[[unit]]\nid = "other"\nkind = "municipal"\nmunicipality = "2309"\nhours = "always"\n'
        'channel = "it"\n[[contact]]',
        1,
    )
    assert problems(tmp_path, twice) == [(26, 'unit "other".municipality: unit "intake" already takes in for 2309')]


def test_a_stand_in_that_cannot_be_reached_is_a_fault(tmp_path: Path) -> None:
    mute = GOOD.replace(
        'municipality = "2309"\nhours = "weekdays 08:00-17:00"\nchannel = "it"',
        'municipality = "2309"\nhours = "always"\nmanager = "boss"',
    )
    assert load(tmp_path, mute).parties["intake"].manager == "boss"
    mute = mute.replace('backup = "anna"', 'backup = "intake"')
    assert problems(tmp_path, mute) == [(13, 'unit "vc".backup: "intake" has no channel and no contact')]


def test_every_fault_is_told_and_the_first_one_leads(tmp_path: Path) -> None:
    several = GOOD.replace('language = "en"', 'language = "no"').replace('"anna"', '"anne"', 1)
    with pytest.raises(HemgangError) as refused:
        load(tmp_path, several, {})
    path = tmp_path / "directory.toml"
    first, *others = str(refused.value).splitlines()
    assert first == f"{path}:2: settings.language: must be one of sv, en"
    assert len(others) == 2
    assert isinstance(refused.value, DirectoryError)
    assert [problem.line for problem in refused.value.problems] == [2, 13, 43]


TEN_FAULTS = """[settings]
language = "no"
bundle_minutes = -1
colour = 1
[[channel]]
id = "mail"
[[contact]]
id = "c-1"
size = 2
channel = "pigeon"
[[unit]]
id = "v-1"
channel = ""
backup = "nobody"
size = 3
[[other]]
"""


def test_every_fault_is_a_line_of_the_message_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_text(TEN_FAULTS, encoding="utf-8")
    with pytest.raises(DirectoryError) as refused:
        load_directory(path, {})
    lines = str(refused.value).splitlines()
    assert lines == [str(one) for one in refused.value.problems]
    assert all(line.startswith(f"{path}:") for line in lines)
    assert len(lines) >= 10
    assert {2, 3, 4, 9, 13, 14, 15, 16} <= {one.line for one in refused.value.problems}


def test_a_table_with_a_fault_hides_none_of_its_other_faults_and_is_still_found_by_name(tmp_path: Path) -> None:
    several = GOOD.replace('kind = "outpatient"', 'kind = "clinic"').replace('"anna"', '"anne"', 1)
    several = several.replace('unit = "vc"', 'unit = "vc"\nsize = 3')
    several = several.replace('17:00"\nchannel = "it"', '17:00"\nchannel = 3\nmanager = "boos"')
    several = several.replace('url_env = "VC_SMS"', 'url_env = "NO_SMS"\nsize = 3')
    assert [(line, text.partition(": ")[0]) for line, text in problems(tmp_path, several)] == [
        (9, 'unit "vc".kind'),
        (13, 'unit "vc".backup'),
        (21, 'unit "intake".channel'),
        (22, 'unit "intake".manager'),
        (27, 'contact "anna".size'),
        (45, 'channel "vc-sms".url_env'),
        (46, 'channel "vc-sms".size'),
    ]
