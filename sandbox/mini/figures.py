"""The figures of a mini program out of its visits: uses, stays, depths, sources, returns, pages. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.beijing import day_of
from sandbox.mini.words import Visit

STAYS = (3, 6, 11, 21, 31, 51, 101)
DEPTHS = (2, 3, 4, 5, 6, 11)
TOP_PAGES = 200
OTHERS = 10
_SOURCES = """
1 1001 1002 1004|2 1005 1006 1027 1042 1053 1106 1108 1132|3 1007 1008 1044 1093 1094 1096
4 1011 1025 1047 1105 1124 1150|5 1020|6 1022|7 1023 1113 1114 1117|8 1024 1135|9 1026 1033 1068|11 1014 1043 1107 1162
12 1021|13 1035 1102 1130|14 1036|15 1034 1060 1072 1097 1109 1137 1149|16 1012 1048 1050 1125|17 1013 1049 1126
18 1058 1091|19 1019 1057 1061 1066 1070 1071|20 1028 1128 1148|21 1029 1062|22 1037|23 1038|24 1052|25 1054
26 1073 1081|27 1074 1076 1082 1152|28 1080 1083 1088|29 1089|30 1085 1090 1147|31 1064 1078|32 1092
33 1045 1046 1067 1084 1095|34 1065 1069 1111 1140|35 1003 1103|36 1104|37 1138 1163|38 1098|39 1018 1055
40 1040 1041 1099|41 1118 1145|42 1112 1141 1142 1143|43 1131|44 1075 1134|45 1115|46 1009 1110 1154 1155
47 1119 1120 1121 1122 1123 1156|48 1136 1144|49 1010|50 1100|51 1079 1127|52 1039 1077|53 1157|54 1153|55 1151|56 1161
57 1158 1159 1160"""


def _read_sources() -> dict[int, int]:
    """The key of the source by scene."""
    lines = [entry.split() for line in _SOURCES.strip().splitlines() for entry in line.split("|")]
    return {int(scene): int(key) for key, *scenes in lines for scene in scenes}


SOURCE_OF_SCENE = _read_sources()


def within(visits: Iterable[Visit], first: date, last: date) -> list[Visit]:
    return [visit for visit in visits if first <= day_of(visit.at) <= last]


def people_of(visits: Iterable[Visit]) -> set[str]:
    return {visit.user for visit in visits}


def newcomers(every: Iterable[Visit], first: date, last: date) -> set[str]:
    """People whose first visit ever was in this time."""
    earliest: dict[str, float] = {}
    for visit in every:
        earliest[visit.user] = min(visit.at, earliest.get(visit.user, visit.at))
    return {user for user, at in earliest.items() if first <= day_of(at) <= last}


def stay_of(visit: Visit) -> float:
    return sum(page.stay_s for page in visit.pages)


def depth_of(visit: Visit) -> int:
    """How many different pages the visit saw."""
    return len({page.path for page in visit.pages})


def describe_trend(every: list[Visit], first: date, last: date) -> dict[str, Any]:
    """Sessions, pages and people, and their averages in seconds and pages."""
    visits = within(every, first, last)
    stay, sessions, people = sum(map(stay_of, visits)), len(visits), len(people_of(visits))
    return {
        "session_cnt": sessions,
        "visit_pv": sum(len(visit.pages) for visit in visits),
        "visit_uv": people,
        "visit_uv_new": len(newcomers(every, first, last)),
        "stay_time_uv": round(stay / people, 4) if people else 0.0,
        "stay_time_session": round(stay / sessions, 4) if sessions else 0.0,
        "visit_depth": round(sum(map(depth_of, visits)) / sessions, 4) if sessions else 0.0,
    }


def describe_total(every: list[Visit], day: date) -> dict[str, int]:
    """Everybody who ever came until the end of the day, and the shares of the day."""
    visits = within(every, day, day)
    shares = [(visit.user, page.shared) for visit in visits for page in visit.pages if page.shared]
    total = len(people_of(visit for visit in every if day_of(visit.at) <= day))
    return {"visit_total": total, "share_pv": sum(count for _, count in shares), "share_uv": len({user for user, _ in shares})}


def distribute(visits: list[Visit]) -> list[dict[str, Any]]:
    """Sessions by source, by stay and by depth."""
    sources = Counter(SOURCE_OF_SCENE.get(visit.scene, OTHERS) for visit in visits)
    stays = Counter(_bucket(stay_of(visit), STAYS) for visit in visits)
    depths = Counter(_bucket(depth_of(visit), DEPTHS) for visit in visits)
    named = {"access_source_session_cnt": sources, "access_staytime_info": stays, "access_depth_info": depths}
    return [{"index": name, "item_list": _items(counts)} for name, counts in named.items()]


def _bucket(value: float, edges: tuple[int, ...]) -> int:
    """1 below the first edge, 2 below the second …"""
    return 1 + sum(value >= edge for edge in edges)


def _items(counts: Counter[int]) -> list[dict[str, int]]:
    return [{"key": key, "value": count} for key, count in sorted(counts.items())]


def describe_pages(visits: list[Visit]) -> list[dict[str, Any]]:
    """The 200 pages seen most."""
    seen: dict[str, dict[str, Any]] = {}
    people: dict[str, set[str]] = {}
    sharers: dict[str, set[str]] = {}
    names = ("page_visit_pv", "page_visit_uv", "page_staytime_pv", "entrypage_pv", "exitpage_pv", "page_share_pv", "page_share_uv")
    for visit in visits:
        for place, page in enumerate(visit.pages):
            row = seen.setdefault(page.path, {"page_path": page.path, **dict.fromkeys(names, 0)})
            row["page_visit_pv"] += 1
            row["page_staytime_pv"] += page.stay_s
            row["entrypage_pv"] += place == 0
            row["exitpage_pv"] += place == len(visit.pages) - 1
            row["page_share_pv"] += page.shared
            people.setdefault(page.path, set()).add(visit.user)
            sharers.setdefault(page.path, set()).update([visit.user] if page.shared else [])
    for path, row in seen.items():
        row["page_visit_uv"], row["page_share_uv"] = len(people[path]), len(sharers[path])
        row["page_staytime_pv"] = round(row["page_staytime_pv"] / row["page_visit_pv"], 4)
    return sorted(seen.values(), key=lambda row: -row["page_visit_pv"])[:TOP_PAGES]
