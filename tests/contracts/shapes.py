"""Every event, error, function and code of the market, as frozen for protocol version 1.

An event's topic 0 is the keccak256 of its signature without names and stars; indexers written today
rely on them, on what is indexed (a star), and on the names.
"""

REQUEST = (
    "(address,bytes32,bytes32,uint32,uint96,uint96,uint96,uint64,uint64,uint64,uint96,uint96,"
    "uint96,uint64,uint32,uint32,address,bytes32,uint32,uint96,uint96,bytes32,address,uint64,"
    "bytes32)"
)
JOB = (
    "(address,address,address,uint96,uint96,uint64,uint96,uint96,uint96,uint32,uint32,uint32,"
    "uint32,uint64,uint96,uint64,uint64,uint64,uint64,bool,bytes32,uint8,uint64,bytes32)"
)
OFFER = (
    "(address,address,bytes32,bytes32,address,bytes32,uint96,uint96,uint96,uint64,uint32,uint32,"
    "uint64,uint32,uint96,uint32,uint64,address,uint64,bytes32)"
)
ACCOUNT = "(uint96,uint96,uint64,uint96,uint96,uint64)"

EVENTS = {
    # ledger and stake
    "Deposited(address* account,uint96 amount)": (
        "0xdda0f60b22a66d7dc2e2a6fa8fd7def45a6f707773244ca1852ecca2b6cbb5fe"
    ),
    "Withdrawn(address* account,address* to,uint96 amount)": (
        "0x6e6e54d2933c54e86384932153b0244ddd09a166888407646f12cb83392e4bc1"
    ),
    "Staked(address* account,uint96 amount)": (
        "0xdc131fa0c2da1e17e756d092eb135d51effbfd68712c89339c4550cbfbeef6a3"
    ),
    "Unstaked(address* account,uint96 amount,uint64 maturesAt)": (
        "0x8e9aa9fa3260d4e00911c80416b7655525f6881c1545fa2418dde745a5c35b43"
    ),
    "StakeWithdrawn(address* account,uint96 amount)": (
        "0xf77522b1ace565ed4af80c1d0e7e54a8843d4cb74df650d78d89e44ffdecddb6"
    ),
    # life of a job
    f"JobPosted(bytes32* id,address* requester,address* resolver,{REQUEST} request,"
    "string gateway)": ("0xe59f153b69ef0b01468d6a08ec98d4ff0f8afaaf194d2aedf6198fda541395b8"),
    "JobAccepted(bytes32* id,address* requester,address* provider,uint96 unitPrice,"
    "uint64 acceptedAt,uint96 refund,address tipTo,uint96 tipPaid)": (
        "0xd88c31a3461ca5b05bbff45390e204f7df79c01c9c6ee882b572b8f0024a158a"
    ),
    "JobClaimed(bytes32* id,address* requester,address* provider,bytes32 seal,bytes32 manifest,"
    "uint64 claimedAt,uint64 claimBlock)": (
        "0xb53e4747657fd21615bbee90977f940b71973a0d991ace0e8adc62f0f0b11893"
    ),
    "JobSettled(bytes32* id,address* requester,address* provider,uint96 payment,uint96 refund,"
    "bytes32 root,uint64 totalUnits,bool approved)": (
        "0x73cb15f652245301e0c28400a868fe1af07a080bd277186c143ee8b86f488b51"
    ),
    "JobCancelled(bytes32* id,address* requester,address caller,uint96 refund)": (
        "0xa4cb2d77c17ee1fb091b88e1fd32c4111c62c844993e4012d54f883fc1d70cec"
    ),
    "JobVoided(bytes32* id,address* requester,address* provider,uint8 reason,uint96 refund,"
    "uint96 slashed,uint96 compensation,address caller,uint96 reward,uint96 burned)": (
        "0xac6e955984533462995a8f479b44ba3ae9a34c4ca3c1ac1e2ab76d47a55df566"
    ),
    "CardAnnounced(address* account,bytes32* card,bytes json)": (
        "0x04f28a93b41512b5c3a15c755a89f69034d8c5e3cd17e8f8569f82aa1d5f077e"
    ),
    # signed orders
    "JobMatched(bytes32* id,address* requester,address* provider,bytes terms)": (
        "0x9b0c6d6b7a3194defa20efeca3d7c1d45e7020ad1c58ec2a0bc05ae4d9f61822"
    ),
    "CounterRaised(address* account,uint64 counter)": (
        "0x8bee12a26a40c083d5262b6434b5fbe911bb3e55b6bf7fb04fd2942864c150ef"
    ),
    "OrderCancelled(bytes32* digest,address* author)": (
        "0xa6eb7cdc219e1518ced964e9a34e61d68a94e4f1569db3e84256ba981ba52753"
    ),
    "DelegateSet(address* account,address* delegate)": (
        "0x6ee10e9ed4d6ce9742703a498707862f4b00f1396a87195eb93267b3d7983981"
    ),
    "EntrySkipped(uint256* entry,bytes32* id,bytes reason)": (
        "0x0857cccccbb1cc703daa070a66c3eaf1d36ee13a7740f2e48336d3305f54dcd4"
    ),
    # demands and disputes
    "OutputDemanded(bytes32* id,address* requester,bytes32 demandHash,uint64[] pairs,uint96 fees,"
    "uint64 answerBy)": ("0xfe30481d844b0b187291f9aa0176696cb3cfa83c78a40853f8a38ffedcb19250"),
    "OutputAnswered(bytes32* id,address* provider,uint8 answered,uint96 fees,uint64 windowEnd)": (
        "0xfbaa117edca66818077925a6253e4e32229417d7c0c68baa0009227a6ac894e6"
    ),
    "JobDisputed(bytes32* id,address* resolver,address* provider,uint64 disputedAt)": (
        "0x9f2ea26c678ae9d495bffd35a16bb834547e081d96632e151f106ce4012a3960"
    ),
    "CaseResolved(bytes32* id,address* resolver,address* challenger,bool rejected,bool timedOut,"
    "uint96 toResolver,uint96 toChallenger,uint96 feeRefund,uint64 windowEnd)": (
        "0xe92dc568ee6ba35ab61b5a82bdfdbfb7c969b2bd7138de6f05d3ad462471b782"
    ),
    # EIP-5267; never emitted, the domain can't change
    "EIP712DomainChanged()": "0x0a6387c9ea3628b88a633bb4f3b151770f70085117a15f9bf3787cda53f13d31",
}

ERRORS = {
    "FieldOutOfRange(bytes32 field,uint256 value,uint256 min,uint256 max)",
    "InsufficientFree(address account,uint256 free,uint256 needed)",
    "InsufficientStake(address account,uint256 available,uint256 needed)",
    "StakeTooLow(address account,uint256 staked,uint256 minStake)",
    "DepositMismatch(uint256 asked,uint256 arrived)",
    "NoTokenAt(address token)",
    "RecipientRefused(address to)",
    "WrongState(bytes32 id,uint8 expected,uint8 actual)",
    "JobMismatch(bytes32 id,uint248 stored,uint248 given)",
    "NotAllowed(address caller,address owner)",
    "ProviderNotAllowed(address provider,bytes32 providers)",
    "TooEarly(uint256 timestamp,uint256 from)",
    "TooLate(uint256 timestamp,uint256 until)",
    "CounterMismatch(uint64 current,uint64 given)",
    "SealMismatch(bytes32 seal,bytes32 given)",
    "SignatureRefused(address signer,bytes32 digest)",
    "OfferExceeded(bytes32 field,uint256 value,uint256 limit)",
    "OfferUsedUp(bytes32 digest,uint32 maxJobs)",
    "OfferRevoked(bytes32 digest)",
    "BatchMalformed(uint256 place)",
    "PairNotOpen(uint256 pair)",
    "AlreadyDemanded(bytes32 id)",
    "DemandOpen(bytes32 id,uint8 answered)",
    "DemandMismatch(bytes32 demandHash,bytes32 given)",
    "AnswerLength(uint256 pair,uint256 given,uint256 expected)",
    "LeafMismatch(uint256 pair)",
    "ChunkMismatch(uint256 pair)",
    # OpenZeppelin's
    "ReentrancyGuardReentrantCall()",
    "SafeERC20FailedOperation(address token)",
    "StringTooLong(string str)",
}

# Nothing here asks for a privilege: each acts on the caller's own money and jobs, or is anybody's.
TRANSACTIONS = {
    "deposit(uint96)",
    "depositWithPermit(uint96,uint256,uint8,bytes32,bytes32)",
    "withdraw(address,uint96)",
    "stake(uint96)",
    "unstake(uint96)",
    "withdrawStake()",
    f"post({REQUEST},string)",
    f"accept({REQUEST},bytes32[])",
    f"submit(bytes32,{JOB},bytes32,bytes32)",
    f"approve(bytes32,{JOB},bytes32,uint64)",
    f"finalize(bytes32,{JOB},bytes32,uint64)",
    f"cancel({REQUEST})",
    f"release(bytes32,{JOB})",
    f"expire(bytes32,{JOB})",
    f"void(bytes32,{JOB})",
    f"matchOrders({REQUEST},bytes,{OFFER},bytes,bytes32[])",
    f"fill({REQUEST},bytes,bytes32[])",
    f"fillAndClaim({REQUEST},bytes,bytes32,bytes32)",
    "matchBatch(bytes)",
    "submitBatch(bytes)",
    "finalizeBatch(bytes)",
    "raiseCounter()",
    f"cancelOffer({OFFER})",
    "setDelegate(address)",
    f"demand(bytes32,{JOB},uint64[])",
    f"answer(bytes32,{JOB},uint64[],bytes32,uint64,bytes[])",
    f"dispute(bytes32,{JOB})",
    f"resolve(bytes32,{JOB},uint8,address)",
    f"timeout(bytes32,{JOB})",
    "announce(bytes)",
}

VIEWS = {
    f"jobId({REQUEST}) bytes32",
    f"offerDigest({OFFER}) bytes32",
    "offerUses(bytes32) uint32",
    "delegateOf(address) address",
    "stateOf(bytes32) uint8",
    f"check(bytes32,{JOB}) uint8",
    "slotOf(bytes32) uint8,uint248",
    f"accountOf(address) {ACCOUNT}",
    "token() address",
    "cooldown() uint64",
    "eip712Domain() bytes1,string,string,uint256,address,bytes32,uint256[]",
}

STATES = ["None", "Open", "Running", "Claimed", "Disputed", "Settled", "Cancelled", "Void"]
VOID_REASONS = ["Released", "Expired", "Unanswered", "Unopened", "Rejected"]
VERDICTS = ["Upheld", "Rejected"]
