"""A brand whose people do things, an archive that is brought them, and questions about them."""

from __future__ import annotations

from typing import Any

from tests.hub.source import AT, Bringer


class Shop(Bringer):
    """A business system that tells what people did and asks who did what."""

    def event(self, who: dict[str, Any], name: str = "view", **changes: Any) -> dict[str, Any]:
        """One event; what is no part of a record is a property."""
        event_id, at = changes.pop("id", self.new_id()), changes.pop("at", AT)
        return {"type": "event", "id": event_id, "at": at, "who": who, "data": {"name": name, "properties": changes}}

    def person(self, who: dict[str, Any]) -> str:
        ((kind, value),) = who.items()
        status, found = self.house.call("POST", "/v1/people/lookup", {"type": kind, "value": value}, key=self.key)
        assert status == 200, found
        person: str = found["id"]
        return person

    def compact(self) -> dict[str, Any]:
        """One run of the schedule, worked off; what lies in the archive then."""
        self.house.tick("plan_compaction")
        self.house.work()
        return self.archive()

    def archive(self) -> dict[str, Any]:
        status, shown = self.house.call("GET", "/v1/archive", key=self.key)
        assert status == 200, shown
        archive: dict[str, Any] = shown
        return archive

    def ask(self, people: dict[str, Any], *, key: str = "") -> dict[str, Any]:
        """A question and its answer."""
        status, asked = self.house.call("POST", "/v1/people/query", {"people": people}, key=key or self.key)
        assert status == 202, asked
        self.house.work()
        return self.answer(asked["id"], key=key)

    def answer(self, query: str, *, key: str = "", **page: Any) -> dict[str, Any]:
        asked = "&".join(f"{name}={value}" for name, value in page.items())
        status, shown = self.house.call("GET", f"/v1/queries/{query}?{asked}", key=key or self.key)
        assert status == 200, shown
        answer: dict[str, Any] = shown
        return answer

    def who_did(self, people: dict[str, Any]) -> set[str]:
        """The persons a question finds."""
        answer = self.ask(people)
        assert answer["state"] == "done"
        assert answer["found"] == len(answer["people"])
        return {each["person"] for each in answer["people"]}

    def counted(self, person: str, days: int = 30) -> dict[str, int]:
        status, shown = self.house.call("GET", f"/v1/people/{person}/behaviour?days={days}", key=self.key)
        assert status == 200, shown
        return {each["name"]: each["count"] for each in shown["events"]}
