"""A link outlives whatever goes wrong: it tries again, and one fault costs one event."""

from support.house import House


class Odd(Exception):
    """Nothing that anybody thought of."""


def test_a_link_whose_connect_raises_anything_tries_again(tmp_path):
    house = House(tmp_path, carriers={"north": {}})
    connect, faults = house.connect, [Odd("one"), ValueError("two"), TimeoutError()]

    async def odd(*args, **named):
        if faults:
            raise faults.pop(0)
        return await connect(*args, **named)

    house.connect = odd  # type: ignore[method-assign]

    async def life() -> None:
        link = house.carrier("north").links[0]
        await house.until(lambda: "one" in link.last_problem, 5)
        assert "Odd" in link.last_problem, "shown to the operator"
        await house.up("north")
        assert not faults

    house.live(life)


def test_a_password_that_does_not_fit_is_read_again_at_each_try(tmp_path):
    """The bind is never sent; the connection of that try must not disturb a later one."""
    (tmp_path / "password").write_text("much-too-long-password\n")
    carriers = {"north": {"password": None, "password_file": str(tmp_path / "password")}}
    house = House(tmp_path, carriers=carriers)
    north = house.smscs["north"]

    async def life() -> None:
        link = house.carrier("north").links[0]
        await house.until(lambda: "password" in link.last_problem, 5)
        (tmp_path / "password").write_text("short\n")
        await house.up("north")
        assert len(north._ends) == 1, "no other connection is left open"
        bound_at_ms = link.bound_at_ms
        await house.accept(1)
        await house.until(lambda: north.took())
        await house.pass_s(60)
        assert link.bound_at_ms == bound_at_ms, "still the same bind"

    house.live(life)


def test_one_bad_event_does_not_lose_the_others_of_its_read(tmp_path):
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.up("north")
        await house.accept(3)
        await house.until(lambda: len(north.submits) == 3)
        carrier = house.carrier("north")
        answered, reads = carrier.on_answer, []

        def bad_once(link, part, sent_at_ms, event) -> None:
            reads.append(house.loop.now_s)
            if len(reads) == 1:
                raise Odd("a bug of ours")
            answered(link, part, sent_at_ms, event)

        carrier.on_answer = bad_once
        for submit in north.submits:
            submit.session.answer_submit(submit.sequence_number, 0, b"north" + bytes([48]))
        north._flush()
        await house.until(lambda: house.count("answer") == 2)
        assert len(set(reads)) == 1, "all in one read"
        assert carrier.is_up

    house.live(life)


def test_a_refused_bind_is_tried_again(tmp_path):
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]
    refusals = [0x0D, 0x0D]
    heard = north.connected

    def refusing(wire):
        end = heard(wire)
        if refusals:
            answer = end.session.answer_bind
            status = refusals.pop()
            end.session = _Refusing(end.session, answer, status)
        return end

    north.connected = refusing  # type: ignore[method-assign]

    async def life() -> None:
        link = house.carrier("north").links[0]
        await house.until(lambda: "refused" in link.last_problem, 5)
        await house.up("north")
        assert not refusals

    house.live(life)


class _Refusing:
    """A session that says no to every bind."""

    def __init__(self, session, answer, status) -> None:
        self._session, self._answer, self._status = session, answer, status

    def answer_bind(self, sequence_number: int, command_status: int, system_id: str) -> None:
        self._answer(sequence_number, self._status)

    def __getattr__(self, name: str):
        return getattr(self._session, name)
