"""Our claims before their resolver: what a case comes to is told, a wrong verdict is appealed
within what the owner allows, and a resolver that stays silent is timed out.

Votes, rounds and appeals are the committee's (docs/protocol.md section 8). Of another resolver the
market alone tells how it decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from workbond.accounts.signer import Signer
from workbond.chain import cases, funds, rules
from workbond.chain.answers import Block
from workbond.chain.cases import Case, Phase, Seating
from workbond.chain.committee import Committee
from workbond.chain.contract import topic
from workbond.chain.market import Market
from workbond.chain.token import Token
from workbond.chain.transactions import Receipt
from workbond.errors import ChainError
from workbond.jobs import JobRecord
from workbond.money import tokens
from workbond.provider.journal import Journal, Level
from workbond.provider.terms import Terms
from workbond.tree import seal
from workbond.words import duration, plural

APPEAL_BY_S = 1_800  # before nobody can appeal any more: the job may take longer to execute again
Act = Callable[[JobRecord, str, Callable[[], Receipt]], None]
"""Sends what a job of ours needs, by name; failures are told, and it is tried again."""
Confirm = Callable[[JobRecord], bool | None]
"""Whether our result is found again by executing the job once more; None: it is not known yet."""


class Defence:
    """Looks after our disputed jobs.

    Args:
        market: the deployed market.
        signer: the account that sends the transactions, and pays for appeals.
        owner: whose claims they are.
        terms: name the committee, and bound what appeals may cost.
        journal: told what happens.
        act: sends transactions.
        confirm: asked before an appeal, which would be in vain if our machine had erred.
    """

    def __init__(
        self,
        market: Market,
        signer: Signer,
        owner: str,
        terms: Terms,
        journal: Journal,
        act: Act,
        confirm: Confirm,
    ) -> None:
        self._market, self._signer, self._owner = market, signer, owner
        self._terms, self._journal, self._act, self._confirm = terms, journal, act, confirm
        self._committee = Committee(market.connection, terms.committee) if terms.committee else None
        self._looked: dict[bytes, bytes] = {}  # job: hash of the block of the last look at its case
        self._told: dict[bytes, str] = {}  # job: the last that was told of its case

    def tend(self, record: JobRecord, head: Block) -> None:
        """What a disputed job needs at the latest block, its demands apart."""
        job, now_s = record.live_job(), head.timestamp
        until_s = rules.resolves_until(job)
        if now_s >= until_s:
            self._say(record, "silent", "its resolver stayed silent: timing it out", "TIMEOUT")
            send = partial(self._market.timeout, self._signer, record.id, job)
            self._act(record, "time out the case of", send)
            return
        if self._committee is None or job.resolver != self._committee.address:
            self._say(
                record,
                "open",
                f"its resolver {job.resolver} holds a case: {tokens(job.bond)} of bond are at "
                f"stake, until {duration(until_s - now_s)} from now at the latest",
                "DISPUTED",
                Level.WARNING,
                {"bond": str(job.bond), "until": until_s},
            )
            return
        seen = self._looked.get(record.id) == head.hash
        if not seen and self._follow(self._committee, record, now_s):
            self._looked[record.id] = head.hash

    def over(self, record: JobRecord) -> None:
        """Tells once how the case of a job ended that is claimed again."""
        if self._told.get(record.id) == "over":
            return
        silent = record.resolution is not None and record.resolution["timedOut"]
        how = "its resolver stayed silent" if silent else "nothing was shown against it"
        gained = 0 if self._committee is None else self._gained(self._committee, record)
        text = f"its case is over, and the claim stands: {how}"
        if gained:
            text += (
                f"; of failed challenges it left {tokens(gained)} to the provider, free in the "
                "committee"
            )
        self._say(record, "over", text, "UPHELD", numbers={"gained": str(gained)})

    def forget(self, is_live: Callable[[bytes], bool]) -> None:
        """Drops what concerns jobs that ended."""
        for known in (self._looked, self._told):
            for job_id in [job_id for job_id in known if not is_live(job_id)]:
                del known[job_id]

    # ─────────────────────────────── the committee ────────────────────────────

    def _follow(self, committee: Committee, record: JobRecord, now_s: int) -> bool:
        """Whether nothing is left to be done for the case before the next block."""
        try:
            case = committee.case_of(record.id)
            if case.phase is Phase.DRAWING:
                self._tell_drawing(record, case, now_s)
            elif case.phase is Phase.VOTING:
                seating = committee.seating_of(record.id, case.round)
                if case.is_complete(seating.round, now_s):
                    return self._judge(committee, record, case, seating, now_s)
                else:
                    self._tell_voting(record, case, now_s)
        except ChainError as error:  # other jobs have deadlines too
            self._journal.remark(
                (record.id, "case"),
                f"job 0x{record.id.hex()}: its case could not be looked at: {error}",
                type(error).__name__,
                code="RETRYING",
                level=Level.WARNING,
                job=record.id,
            )
            return False
        return True

    def _tell_drawing(self, record: JobRecord, case: Case, now_s: int) -> None:
        job = record.live_job()
        if case.round:
            text = f"its case was appealed: {case.seats} seats are to be drawn"
        else:
            by = plural(case.challenges, "challenge") if case.challenges else "an audit"
            until = duration(rules.resolves_until(job) - now_s)
            text = (
                f"{by} opened a case about its result: {tokens(job.bond)} of bond are at stake, "
                f"until {until} from now at the latest; its inputs are lent to who judges it"
            )
        self._say(
            record,
            f"drawing {case.round}",
            text,
            "DISPUTED",
            Level.WARNING,
            {"round": case.round, "seats": case.seats, "bond": str(job.bond)},
        )

    def _tell_voting(self, record: JobRecord, case: Case, now_s: int) -> None:
        left = duration(max(0, case.reveals_until - now_s))
        self._say(
            record,
            f"voting {case.round}",
            f"{case.seats} seats judge its result, within {left}",
            "VOTING",
            numbers={"round": case.round, "seats": case.seats, "until": case.reveals_until},
        )

    def _judge(
        self, committee: Committee, record: JobRecord, case: Case, seating: Seating, now_s: int
    ) -> bool:
        """A round is complete: its tally stands unless somebody appeals. Whether we don't."""
        winner, number = seating.winner, case.round
        if winner is None or seal(self._owner, record.id, winner) == record.live_job().seal:
            found = "no one result" if winner is None else "our result"
            text = f"most of {case.seats} seats found {found}: the claim stands unless appealed"
            self._say(record, f"for {number}", text, "VOTED", numbers={"round": number})
        elif not case.is_appealable(seating.round, now_s):
            key = f"final {number}"
            self._tell_lost(record, key, case, "and nobody can appeal any more")
        else:
            return self._oppose(committee, record, case, now_s)
        return True

    def _oppose(self, committee: Committee, record: JobRecord, case: Case, now_s: int) -> bool:
        """Most seats found another result, which can be appealed. Whether we don't."""
        fee = record.request.case_fee
        price = cases.appeal_price(fee, case.first_seats, case.round + 1)
        spent = self._prepaid(committee, record.id, case.round)
        limit, left_s = self._terms.appeal_limit(record.live_job().bond), case.appeals_until - now_s
        numbers: dict[str, int | str] = {"price": str(price), "until": case.appeals_until}
        if spent + price > limit:
            self._tell_lost(
                record,
                f"against {case.round}",
                case,
                f"unless somebody appeals within {duration(left_s)}, for {tokens(price)}; "
                f"--max-appeal leaves {tokens(max(0, limit - spent))}: start the node with more, "
                f"or `workbond job appeal 0x{record.id.hex()}`",
                numbers,
            )
            return True
        confirmed = self._confirm(record)
        if confirmed is False:
            self._tell_lost(
                record,
                f"confirmed {case.round}",
                case,
                "and executed again the job has another one than was claimed: not appealing",
                numbers,
            )
            return True
        if confirmed is None and left_s > APPEAL_BY_S:
            self._say(
                record,
                f"confirming {case.round}",
                f"most of {case.seats} seats found another result than ours: executing it again, "
                "to appeal if it is found again",
                "VERDICT",
                Level.WARNING,
                {"round": case.round},
            )
            return False
        self._say(
            record,
            f"appealing {case.round}",
            f"most of {case.seats} seats found another result than ours: appealing, which prepays "
            f"{tokens(price)} for a further round",
            "APPEALING",
            Level.WARNING,
            {"round": case.round + 1, "price": str(price)},
        )
        send = partial(self._appeal, committee, record, price)
        self._act(record, "appeal the verdict on", send)
        return False

    def _prepaid(self, committee: Committee, job_id: bytes, rounds: int) -> int:
        """Base units that we put up for the rounds so far."""
        asked = (committee.seating_of(job_id, number).round for number in range(1, rounds + 1))
        return sum(each.prepaid for each in asked if each.appellant == self._signer.address)

    def _appeal(self, committee: Committee, record: JobRecord, price: int) -> Receipt:
        """Brings what is missing into the committee, and appeals. Its events are not the market's:
        the receipt comes without them."""
        me, signer = self._signer.address, self._signer
        missing = price - committee.verifier_of(me).free
        if missing > 0:
            token = Token(self._market.connection, self._market.token_address)
            short = missing - token.balance(me)
            free = self._market.account_of(me).free
            if short > free:
                raise ChainError(
                    f"the appeal prepays {tokens(price)}, and {me} lacks {tokens(short - free)} of "
                    "it: send it tokens"
                )
            if short > 0:
                self._market.withdraw(signer, me, short)
            funds.deposit(committee, token, signer, missing)
        return replace(committee.appeal(signer, record.id, record.live_job()), events=())

    def _gained(self, committee: Committee, record: JobRecord) -> int:
        """What the case left to the provider of bonds that failed challengers lost."""
        connection, first = self._market.connection, record.events[0].block_number
        try:
            closed = list(
                committee.events(
                    first,
                    connection.block().number,
                    names=["CaseClosed"],
                    topics=[topic(record.id)],
                )
            )
        except ChainError:
            return 0
        return sum(int(event.args["toProvider"]) for event in closed)

    # ────────────────────────────────── telling ───────────────────────────────

    def _tell_lost(
        self,
        record: JobRecord,
        key: str,
        case: Case,
        what: str,
        numbers: Mapping[str, int | str] | None = None,
    ) -> None:
        bond = record.live_job().bond
        self._say(
            record,
            key,
            f"most of {case.seats} seats found ANOTHER RESULT than ours: all {tokens(bond)} of "
            f"bond are lost, {what}",
            "VERDICT",
            Level.ERROR,
            {"round": case.round, "bond": str(bond), **(numbers or {})},
        )

    def _say(
        self,
        record: JobRecord,
        key: str,
        text: str,
        code: str,
        level: Level = Level.INFO,
        numbers: Mapping[str, int | str] | None = None,
    ) -> None:
        """Once for each `key`; never left out, whatever strangers cause meanwhile."""
        if self._told.get(record.id) == key:
            return
        self._told[record.id] = key
        line = f"job 0x{record.id.hex()}: {text}"
        self._journal.say(line, code, level=level, job=record.id, numbers=numbers)
