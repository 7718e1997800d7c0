"""Every event, error, function and code of the committee, as frozen for protocol version 1.

Spelled as in shapes.py.
"""

from shapes import JOB, REQUEST

CASE = "(uint8,uint8,uint8,uint8,uint8,uint48,uint32,uint40,uint32)"
ROUND = "(address,uint32,uint32,address,uint96)"
CHALLENGE = "(address,uint96,bytes32)"
VERIFIER = "(uint96,uint96,uint96,uint96,uint40,uint24)"

EVENTS = {
    # ledger and stake
    "Deposited(address* account,uint96 amount)": (
        "0xdda0f60b22a66d7dc2e2a6fa8fd7def45a6f707773244ca1852ecca2b6cbb5fe"
    ),
    "Withdrawn(address* account,address* to,uint96 amount)": (
        "0x6e6e54d2933c54e86384932153b0244ddd09a166888407646f12cb83392e4bc1"
    ),
    "Staked(address* account,uint96 amount,uint24 place,uint32 epoch)": (
        "0x968033ed57dbd0184d6204c0a16eafbc3eab3de4c3fbad6d857940ff98d4c4b6"
    ),
    "Unstaked(address* account,uint96 amount,uint32 epoch,uint40 maturesAt)": (
        "0x8fdb502dd3b54d0796193f51377cbd32d7d78d7edd091e9e3506b17c6794dfb9"
    ),
    "StakeWithdrawn(address* account,uint96 amount)": (
        "0xf77522b1ace565ed4af80c1d0e7e54a8843d4cb74df650d78d89e44ffdecddb6"
    ),
    # cases
    "CaseOpened(bytes32* id,address* requester,address* provider,bytes32 policy,"
    "address opener,bool audited)": (
        "0x7697fc1b4e3133b487d8733b74c5f90cb1ee45213b4cb91738ff734178ba4feb"
    ),
    "Challenged(bytes32* id,address* challenger,bytes32 seal,uint96 bond)": (
        "0xd0d696ed9eb621c61ffa1df2b2e7ac86965ba4c41ab9b7dd245ea7342078db22"
    ),
    "SeedRequested(bytes32* id,uint8* round,uint48 seedBlock,uint32 epoch)": (
        "0xad1e33da0b5e94a2eda538b327732c36be000c09d8bbe638d634a6af991dac45"
    ),
    "SeatsDrawn(bytes32* id,uint8* round,bytes32 seed,address drawer,uint40 commitUntil,"
    "address[] verifiers)": ("0x068bc2d0e1cf38669b84abfad68d2617dff5ac2a2826adc5f683f8c0c1326748"),
    "VoteCommitted(bytes32* id,address* verifier,uint8 round,uint8 seat,bytes32 commitment)": (
        "0x43f9a219c9ce5d22cd24cd5e1db0634e87feab1e2ecea031d1d0eeb8f3e57d9a"
    ),
    "VoteRevealed(bytes32* id,uint8* round,uint8 seat,bytes32 vote)": (
        "0x0eb64261d9d3dc5047a66c65041944d3e0d8e3acb8853780eadc9f7de55fb576"
    ),
    "CaseAppealed(bytes32* id,address* appellant,uint8 round,uint96 prepaid)": (
        "0x22f2de37a37da6e5c51316a76ad3128b8e8efc7a762d2d2bba0beaf908c5ba08"
    ),
    # what they paid
    "CaseClosed(bytes32* id,address* requester,address* provider,uint8 outcome,"
    "bytes32 winner,uint96 income,uint96 toRequester,uint96 toProvider,uint96 burned)": (
        "0x6b8bafa01870221ebe3f75ad5af6f07089cc957a063cc73b8edd2743d743d852"
    ),
    "CrankPaid(bytes32* id,address* account,uint96 amount)": (
        "0xf20bd98612bdf93614e043b5a31c209a5609a7fe9b9bdf8e4faad52425d3b236"
    ),
    "SeatSettled(bytes32* id,address* verifier,uint8 round,uint8 seat,uint96 fee,uint96 penalty)": (
        "0x42e6a45abc26abe5a11fabaa5f4b1e51dd0c2a775faa37afc1367e721b069b93"
    ),
    "ChallengeSettled(bytes32* id,address* challenger,uint96 bond,uint96 returned)": (
        "0x85daf5c812cdb7578acb26380c7c66e102275d233f27f406a2fc75d00a5dbee3"
    ),
    "AppealSettled(bytes32* id,address* appellant,uint8 round,uint96 returned,uint96 repaid)": (
        "0x71a8c338a77fdcda5840fcfa9c574bbb19406901f1e1c379a8b148a0ed6bd510"
    ),
}

ERRORS = {
    "CaseOpen(bytes32 id)",
    "CaseTooLong(uint256 course,uint256 caseFor)",
    "CommitmentMismatch(bytes32 commitment,bytes32 given)",
    "FieldOutOfRange(bytes32 field,uint256 value,uint256 min,uint256 max)",
    "HashUnknown(uint256 number)",
    "InsufficientFree(address account,uint256 free,uint256 needed)",
    "InsufficientStake(address account,uint256 available,uint256 needed)",
    "JoinTooLate(bytes32 id)",
    "NoVerifiers()",
    "NotAllowed(address caller,address owner)",
    "NotAppealable(bytes32 id,uint256 round)",
    "NotDisputed(bytes32 id)",
    "NotDrawn(bytes32 id)",
    "PolicyInvalid(bytes32 policy)",
    "RecipientRefused(address to)",
    "SeatNotOpen(bytes32 id,uint256 seat)",
    "TooEarly(uint256 timestamp,uint256 from)",
    "TooLate(uint256 timestamp,uint256 until)",
    "WrongPhase(bytes32 id,uint8 expected,uint8 actual)",
    # OpenZeppelin's
    "SafeERC20FailedOperation(address token)",
}

# Nothing here asks for a privilege: each acts on the caller's own money and seats, or is anybody's.
TRANSACTIONS = {
    "deposit(uint96)",
    "depositWithPermit(uint96,uint256,uint8,bytes32,bytes32)",
    "withdraw(address,uint96)",
    "stake(uint96)",
    "unstake(uint96)",
    "withdrawStake()",
    f"challenge({REQUEST},{JOB},bytes32)",
    f"audit({REQUEST},{JOB})",
    "draw(bytes32)",
    "commit(bytes32,uint256[],bytes32[])",
    "reveal(bytes32,uint256[],bytes32[],bytes32[])",
    f"appeal(bytes32,{JOB})",
    f"close(bytes32,{JOB})",
    "abandon(bytes32)",
}

VIEWS = {
    f"caseOf(bytes32) {CASE}",
    f"challengeOf(bytes32,uint256) {CHALLENGE}",
    "courseOf(bytes32,uint32) uint256",
    "feesOf(uint96,uint8) uint256,uint256",
    "market() address",
    "minStake() uint96",
    f"roundOf(bytes32,uint256) {ROUND},address[],bytes32[]",
    "totalActive() uint256",
    f"verifierOf(address) {VERIFIER}",
}

PHASES = ["None", "Drawing", "Voting", "Closed"]
OUTCOMES = ["Upheld", "Rejected", "Undecided", "Abandoned"]
