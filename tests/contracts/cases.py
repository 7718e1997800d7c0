"""Cases of the committee as the tests drive them, by the numbers of docs/protocol.md section 8."""

from contextlib import contextmanager
from dataclasses import dataclass, field

from brownie import accounts, web3
from chainkit import SINK, now, rpc, send
from deals import ROOT, UNITS
from eth_utils import keccak
from orders import opening

HOUR, DAY = 3_600, 86_400
DRAW_FOR, REVEAL_FOR, APPEAL_FOR = 4 * HOUR, 2 * HOUR, 6 * HOUR
LONGEST = 28 * DAY
LEAVES_FOR = LONGEST + DAY
SIZES = (3, 7, 15, 31)

PHASES = {"None": 0, "Drawing": 1, "Voting": 2, "Closed": 3}
UPHELD, REJECTED, UNDECIDED, ABANDONED = range(4)

UNAVAILABLE = bytes(32)
CLAIMED = opening(ROOT, UNITS)
RIGHT = keccak(b"what honest verifiers find, where the provider claimed something else")
OTHER = keccak(b"a third result")


# ─────────────────────────────────────── rules ────────────────────────────────────


def policy(seats=3, rate=0):
    """A request's policy; `rate` in basis points."""
    return (rate << 8 | seats).to_bytes(32, "big")


def sizes_from(first):
    """Seats of all rounds that a case can have."""
    return SIZES[SIZES.index(first) :]


def commit_for(run_for):
    return max(HOUR, run_for)


def course(first, run_for):
    """The longest that a case can take, in seconds."""
    a_round = DRAW_FOR + commit_for(run_for) + REVEAL_FOR + APPEAL_FOR
    return len(sizes_from(first)) * a_round


def fees(case_fee, first):
    """What a seat and a tip are."""
    tip = case_fee * 5 // 100
    return (case_fee - 3 * tip) // first, tip


def challenge_bond(case_fee, bond):
    return case_fee + bond * 10 // 100


def seal_of(who, id_, vote):
    return keccak(bytes.fromhex(str(who)[2:]) + id_ + vote)


def commitment(committee, id_, round_, seat, vote, salt):
    words = bytes.fromhex(str(committee)[2:]) + id_ + bytes([round_, seat])
    return keccak(words + vote + salt)


def salt_of(round_, seat):
    return keccak(bytes([7, round_, seat]))


def ticket(seed, id_, round_, seat, total):
    """The number below `total` that a seat falls on."""
    return int.from_bytes(keccak(seed + id_ + bytes([round_, seat])), "big") % total


def holders(seed, id_, round_, count, weights):
    """Whom a round's seats belong to: `weights` are (account, active stake) in order of places."""
    found = []
    for seat in range(count):
        left = ticket(seed, id_, round_, seat, sum(weight for _, weight in weights))
        for who, weight in weights:
            if left < weight:
                found.append(str(who))
                break
            left -= weight
    return found


# ─────────────────────────────────────── drive ────────────────────────────────────


def mine(blocks=1):
    """Empty blocks, without any time in between."""
    rpc("anvil_mine", hex(blocks), "0x0")


def height():
    return int(rpc("eth_blockNumber"), 16)


def hash_of(number):
    return bytes(web3.eth.get_block(number)["hash"])


def midnight(days=1):
    """The beginning of an epoch, `days` from this one's."""
    return (now() // DAY + days) * DAY


def told(tx, contract):
    """The events of `contract` in a transaction: their names and arguments."""
    return [(e.name, dict(e)) for e in tx.events if e.address == contract.address]


@dataclass
class Hearing:
    """A round. A vote is known from its commitment on; `shown` are the seats that revealed."""

    size: int
    appellant: str = ""
    prepaid: int = 0
    drawer: str = ""
    holders: list = field(default_factory=list)
    votes: dict = field(default_factory=dict)
    shown: set = field(default_factory=set)


class Case:
    """The case of a claimed `Deal`, whose record follows the market's events."""

    def __init__(self, committee, deal):
        self.committee, self.deal, self.id = committee, deal, deal.id
        self.first = deal.request["policy"][-1]
        self.challenges, self.opener, self.rounds = [], "", [Hearing(self.first)]

    @property
    def head(self):
        return self.committee.caseOf(self.id).dict()

    @property
    def fees(self):
        """What a seat and a tip of this case are."""
        return fees(self.deal.request["caseFee"], self.first)

    @property
    def round(self):
        return self.rounds[-1]

    @property
    def terms(self):
        return self.deal.order, self.deal.record

    def challenge(self, by, vote=RIGHT, at=None, seal=None):
        """By somebody that found `vote`, or with any seal."""
        seal = seal or seal_of(by, self.id, vote)
        call = (self.committee.challenge, *self.terms, seal)
        tx = send(*call, by=by, at=at)
        self._opened(tx)
        self.challenges.append((str(by), vote))
        return tx

    def audit(self, by, at=None):
        tx = send(self.committee.audit, *self.terms, by=by, at=at)
        self._opened(tx)
        self.opener = str(by)
        return tx

    def _opened(self, tx):
        if "JobDisputed" in tx.events:
            self.deal.job["disputedAt"] = tx.events["JobDisputed"]["disputedAt"]

    def draw(self, by=None, at=None, wait=True):
        """After waiting for the seed's block, unless told otherwise."""
        if wait:
            mine(max(0, self.head["seedBlock"] - height()))
        by = by or accounts[3]
        tx = send(self.committee.draw, self.id, by=by, at=at)
        if "SeatsDrawn" in tx.events:
            self.round.holders = [str(who) for who in tx.events["SeatsDrawn"]["verifiers"]]
            self.round.drawer = str(by)
        return tx

    def commit(self, votes, at=None):
        """`votes` by seat; each holder's in one transaction."""
        number = len(self.rounds) - 1
        for holder in dict.fromkeys(self.round.holders[seat] for seat in votes):
            mine_ = [seat for seat in votes if self.round.holders[seat] == holder]
            hidden = [self.hide(seat, votes[seat], number) for seat in mine_]
            send(self.committee.commit, self.id, mine_, hidden, by=person(holder), at=at)
        self.round.votes |= votes

    def hide(self, seat, vote, number=None):
        """The seat's commitment to a vote."""
        number = len(self.rounds) - 1 if number is None else number
        return commitment(self.committee, self.id, number, seat, vote, salt_of(number, seat))

    def reveal(self, seats=None, by=None, at=None):
        """All committed seats, or some; as soon as it can be."""
        seats = sorted(self.round.votes if seats is None else seats)
        at = max(now(), self.head["deadline"]) if at is None else at
        votes = [self.round.votes[seat] for seat in seats]
        salts = [salt_of(len(self.rounds) - 1, seat) for seat in seats]
        call = (self.committee.reveal, self.id, seats, votes, salts)
        tx = send(*call, by=by or accounts[3], at=at)
        self.round.shown |= set(seats)
        return tx

    def hear(self, votes, silent=(), by=None):
        """A whole round: `votes` of its seats from 0 on; those of `silent` are not revealed."""
        self.draw(by=by)
        if votes:
            self.commit(dict(enumerate(votes)))
        shown = [seat for seat in range(len(votes)) if seat not in silent]
        if shown:
            self.reveal(shown)
        return self

    def appeal(self, by, at=None):
        at = max(now(), self.head["deadline"]) if at is None else at
        tx = send(self.committee.appeal, self.id, self.deal.record, by=by, at=at)
        said = tx.events["CaseAppealed"]
        self.rounds.append(Hearing(2 * self.round.size + 1, str(by), int(said["prepaid"])))
        return tx

    @property
    def closes(self):
        """From when on a heard round can be closed, in which no seat is missing."""
        last = self.round.size == SIZES[-1]
        deadline = self.head["deadline"]
        return deadline if last else deadline + REVEAL_FOR + APPEAL_FOR

    def close(self, by, at=None):
        at = max(now(), self.closes) if at is None else at
        tx = send(self.committee.close, self.id, self.deal.record, by=by, at=at)
        self.deal.upheld(tx.events["CaseResolved"])
        return tx

    def abandon(self, by, at=None):
        return send(self.committee.abandon, self.id, by=by, at=at)


def person(address):
    """The account at an address, unlocked."""
    return accounts.at(str(address), force=True)


# ────────────────────────────────────── balances ──────────────────────────────────

KEPT = ("free", "staked", "leaving")


def holdings(committee, *addresses):
    """free, staked and leaving of each address in the committee."""
    found = {}
    for address in dict.fromkeys(map(str, addresses)):
        told_ = committee.verifierOf(address).dict()
        found |= {(address, name): int(told_[name]) for name in KEPT}
    return found


@contextmanager
def pays(committee, addresses, expected):
    """Checks by how much the block changes the committee's balances: `moves` of the market."""
    everybody = [*addresses, SINK]
    before = holdings(committee, *everybody)
    yield
    after = holdings(committee, *everybody)
    changed = {key: after[key] - before[key] for key in before if after[key] != before[key]}
    assert changed == {(str(who), name): by for (who, name), by in expected.items() if by}


def owes(committee, addresses, *cases):
    """All that the committee must have: its accounts', and what open cases hold."""
    owed = sum(holdings(committee, *addresses, SINK).values())
    for case in cases:
        head = committee.caseOf(case.id).dict()
        if head["phase"] in (PHASES["Drawing"], PHASES["Voting"]):
            bonds = range(head["challenges"])
            owed += sum(int(committee.challengeOf(case.id, i)["bond"]) for i in bonds)
            owed += sum(int(committee.roundOf(case.id, k)[0]["prepaid"]) for k in range(4))
    return owed
