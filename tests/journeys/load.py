"""Officials at work through the API, many at once, who note what they were answered.

A request that got no answer is sent again with the same Idempotency-Key until it gets one. Each clerk carries some
work items along: acknowledge, file the plan, hand in evidence, sign off, judge. Some press twice, and some have a
rival who does the same at the same instant.
"""

import hashlib
import http.client
import json
import random
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]
#: A request that takes longer counts as unanswered.
PATIENCE = 60
LARGEST_FILE = 60_000


@dataclass(frozen=True)
class Act:
    """One verb that was answered with 2xx: what was asked of which row, and what came back."""

    verb: str
    subject_id: int
    sent: Json
    answer: Json


@dataclass
class Duty:
    """An obligation as its clerk knows it."""

    id: int
    round: int = 0
    state: str = "open"
    review_id: int = 0


@dataclass
class Item:
    """A work item with the tokens of those who deal with it."""

    id: int
    reporter: str
    head: str
    judge: str
    state: str = "assigned"
    duties: list[Duty] = field(default_factory=list)


class Load:
    """What all clerks share: whether the server is up, whether it is enough, and the notes."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.up = threading.Event()
        self.enough = threading.Event()
        self.acts: list[Act] = []
        #: id -> SHA-256 of each file whose staging was answered.
        self.staged: dict[int, str] = {}
        self.cut = self.replayed = self.rivals_refused = 0
        self.trouble: list[str] = []
        self._in_flight = self._answered = 0
        self._changed = threading.Condition()

    @contextmanager
    def sending(self) -> Iterator[None]:
        with self._changed:
            self._in_flight += 1
            self._changed.notify_all()
        try:
            yield
            with self._changed:
                self._answered += 1
        except (OSError, http.client.HTTPException):
            with self._changed:
                self.cut += 1
            raise
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def wait_for_answers(self, more: int, *, in_flight: int = 0) -> None:
        """Until so many more requests have been answered, and so many are under way at this instant."""
        with self._changed:
            wanted = self._answered + more
            done = self._changed.wait_for(
                lambda: bool(self.trouble) or (self._answered >= wanted and self._in_flight >= in_flight), 180
            )
        assert self.trouble == []
        assert done, (self._answered, wanted, self._in_flight)

    def fail(self, why: str) -> None:
        with self._changed:
            self.trouble.append(why)
            self._changed.notify_all()
        self.enough.set()


class Refused(Exception):
    """An answer of 4xx."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


class Caller:
    """One connection to the server."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self._connection: http.client.HTTPConnection | None = None

    def get(self, token: str, path: str) -> Json:
        return self._until_answered("GET", token, path, None, {})

    def post(self, token: str, path: str, body: Json, key: str) -> Json:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        return self._until_answered("POST", token, path, json.dumps(body).encode(), headers)

    def stage(self, token: str, name: str, data: bytes) -> int:
        """Upload a file. Without an answer it is uploaded once more: then a second one waits to be swept away."""
        headers = {"Content-Type": "application/octet-stream", "X-Filename": name}
        answer = self._until_answered("POST", token, "/files", data, headers)
        digest = hashlib.sha256(data).hexdigest()
        assert answer["sha256"] == digest
        self.load.staged[answer["id"]] = digest
        return int(answer["id"])

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _until_answered(
        self, method: str, token: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Json:
        given = {"Authorization": f"Bearer {token}", **headers}
        while True:
            assert self.load.up.wait(120), "the server does not come up again"
            try:
                with self.load.sending():
                    status, replayed, content = self._once(method, "/api/v1" + path, body, given)
            except (OSError, http.client.HTTPException):
                self.close()
                continue
            if status >= 500:
                raise AssertionError(f"{method} {path}: {status} {content.decode()}")
            if status >= 400:
                raise Refused(status, f"{method} {path}: {status} {content.decode()}")
            self.load.replayed += replayed
            found: Json = json.loads(content)
            return found

    def _once(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bool, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.load.port, timeout=PATIENCE)
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.headers["Idempotency-Replayed"] == "true", answer.read()


class Clerk(threading.Thread):
    """Carries its items along until it is enough. Whatever surprises ends the load."""

    def __init__(self, load: Load, items: list[Item], seed: int) -> None:
        super().__init__(name=f"clerk-{items[0].id}")
        self.load, self.items, self.dice = load, items, random.Random(seed)
        self._caller, self._other = Caller(load), Caller(load)
        self._second_hand = ThreadPoolExecutor(1)

    def run(self) -> None:
        try:
            while not self.load.enough.is_set():
                self._advance(self.dice.choice(self.items))
        except BaseException as error:
            self.load.fail(f"{self.name}: {error!r}")
        finally:
            self._second_hand.shutdown()
            self._caller.close()
            self._other.close()

    def _advance(self, item: Item) -> None:
        if item.state == "assigned":
            self._do("acknowledge", item.id, item.reporter, f"/work-items/{item.id}/acknowledge", {})
            item.state = "acknowledged"
        elif item.state == "acknowledged":
            plan = {"text": f"实施方案 {uuid.uuid4()}", "files": self._evidence(item.reporter)}
            self._do("file_plan", item.id, item.reporter, f"/work-items/{item.id}/file-plan", plan)
            shown = self._caller.get(item.reporter, f"/work-items/{item.id}")
            item.duties = [Duty(row["id"]) for row in shown["obligations"]]
            item.state = "in_progress"
        else:
            self._report(item)

    def _report(self, item: Item) -> None:
        owed = [duty for duty in item.duties if duty.state != "accepted"]
        duty = self.dice.choice(owed)
        at = f"/obligations/{duty.id}"
        if duty.state == "open":
            report = {
                "text": f"已办理 {uuid.uuid4()}", "files": self._evidence(item.reporter), "round": duty.round,
            }  # fmt: skip
            answer = self._do("submit", duty.id, item.reporter, f"{at}/submit", report)
            assert answer["round"] == duty.round + 1
            duty.round, duty.state = answer["round"], "submitted"
        elif duty.state == "submitted":
            signed = self.dice.random() < 0.85
            sent = {"signed": signed, "reasons": "" if signed else "数据不全", "round": duty.round}
            self._do("sign_off", duty.id, item.head, f"{at}/sign-off", sent)
            duty.state = "in_review" if signed else "open"
            shown = self._caller.get(item.head, f"/work-items/{item.id}")
            if signed:
                [duty.review_id] = [
                    row["id"] for row in shown["reviews"]
                    if row["obligation_id"] == duty.id and row["state"] == "open"
                ]  # fmt: skip
            [seen] = [row for row in shown["obligations"] if row["id"] == duty.id]
            assert (seen["round"], seen["state"]) == (duty.round, duty.state)
        else:
            # The last report is always returned, so that the work does not run out.
            approved = self.dice.random() < 0.5 and sum(len(self._owed(one)) for one in self.items) > 1
            verdict = {"approved": approved, "reasons": "" if approved else f"请补充 {uuid.uuid4()}"}
            self._do("decide", duty.review_id, item.judge, f"/reviews/{duty.review_id}/decide", verdict)
            duty.state = "accepted" if approved else "open"
            if not self._owed(item):
                self.items.remove(item)

    @staticmethod
    def _owed(item: Item) -> list[Any]:
        """What is left of an item; one whose obligations are not open yet has everything."""
        return [duty for duty in item.duties if duty.state != "accepted"] if item.duties else [item]

    def _do(self, verb: str, subject_id: int, token: str, path: str, sent: Json) -> Json:
        """Do it once; or twice at once with one key; or against a rival, who comes too late."""
        key, chance = str(uuid.uuid4()), self.dice.random()
        if chance > 0.25:
            answer = self._caller.post(token, path, sent, key)
        elif chance > 0.1:
            second = self._second_hand.submit(self._other.post, token, path, sent, key)
            answer = self._caller.post(token, path, sent, key)
            assert second.result() == answer
        else:
            rival = self._second_hand.submit(_tried, self._other.post, token, path, sent, str(uuid.uuid4()))
            mine = _tried(self._caller.post, token, path, sent, key)
            answers = [found for found in (mine, rival.result()) if found is not None]
            assert len(answers) == 1, f"{verb} {subject_id}: {len(answers)} of two rivals succeeded"
            self.load.rivals_refused += 1
            answer = answers[0]
        self.load.acts.append(Act(verb, subject_id, sent, answer))
        return answer

    def _evidence(self, token: str) -> list[int]:
        if self.dice.random() < 0.6:
            return []
        text = f"佐证材料 {uuid.uuid4()}\n" * self.dice.randint(1, LARGEST_FILE // 50)
        return [self._caller.stage(token, quote("佐证.txt"), text.encode())]


def _tried(post: Callable[..., Json], *asked: Any) -> Json | None:
    """The answer, or None when somebody was faster."""
    try:
        return post(*asked)
    except Refused as refusal:
        if refusal.status != 409:
            raise
        return None
