// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The words of the market: states, signed orders, and the record of a live job
/// @notice Everything here is frozen for protocol version 1. Amounts are base units of the token,
/// times are Unix seconds of block timestamps, durations are seconds, and a unit price is base units
/// per 1e12 metered units.
interface IMarketTypes {
    /// @notice States of a job. `Settled`, `Cancelled` and `Void` are final and stay on record for ever.
    enum State {
        None, // 0
        Open, // 1 posted, waits for a provider
        Running, // 2 accepted, the provider works
        Claimed, // 3 a sealed result is on-chain
        Disputed, // 4 its resolver holds a case
        Settled, // 5 paid
        Cancelled, // 6 never accepted
        Void // 7 accepted, but not paid
    }

    /// @notice Why a job became `Void`.
    enum VoidReason {
        Released, // 0 the provider gave it back
        Expired, // 1 no result in time
        Unanswered, // 2 a demand for output bytes was not answered in time
        Unopened, // 3 the seal was not opened within the grace
        Rejected // 4 the resolver found the result wrong
    }

    /// @notice What a resolver says of a claim.
    enum Verdict {
        Upheld, // 0 it stands, or nothing is known against it
        Rejected // 1 it is wrong
    }

    /// @notice What a requester signs or posts (EIP-712 type `Request`). The job id is its full digest.
    struct Request {
        address requester;
        bytes32 spec; // SHA-256 of the spec's bytes; their encoding belongs to the profile
        bytes32 profile; // SHA-256 of the execution profile's name and settings
        uint32 tasks; // 1 to 65,536
        uint96 flat; // paid on settlement whatever the units
        uint96 minUnitPrice; // unit price until rampStart
        uint96 maxUnitPrice; // unit price from rampEnd on
        uint64 rampStart;
        uint64 rampEnd;
        uint64 maxUnits; // units beyond these are not paid
        uint96 bond; // what the provider locks; 0 or at least 10,000
        uint96 minStake; // stake the provider must have, bonded included
        uint96 tip; // to the matcher; back to the requester where nobody matched
        uint64 openUntil; // first second in which nobody can accept any more
        uint32 runFor; // seconds from acceptance to the claim
        uint32 challengeFor; // seconds from the claim to settlement without the requester's word
        address resolver; // who judges disputes; zero: nobody
        bytes32 policy; // read by the resolver only
        uint32 caseFor; // seconds after which a silent resolver is timed out
        uint96 caseFee; // what a case costs, held by the market
        uint96 demandFee; // per demanded pair of task and chunk
        bytes32 providers; // 0: anybody; below 2^160: that address; else a Merkle root of addresses
        address matcher; // 0: anybody may match; else only it, and the request can't be filled or posted
        uint64 counter; // the requester's order counter
        bytes32 salt;
    }

    /// @notice What a provider is ready to be bound to (EIP-712 type `Offer`). Every field is enforced
    /// in a match: a signature that strangers may use at the worst moment binds to no more than it says.
    struct Offer {
        address provider;
        address requester; // 0: any
        bytes32 spec; // 0: any
        bytes32 profile; // equal to the request's
        address resolver; // equal to the request's
        bytes32 policy; // equal to the request's
        uint96 minUnitPrice;
        uint96 minFlat;
        uint96 maxBond;
        uint64 maxUnits;
        uint32 maxTasks;
        uint32 minRunFor;
        uint64 minSecondsPer1e12Units; // runFor * 1e12 >= maxUnits * this
        uint32 maxLockFor; // bound on challengeFor * 3/2 + answer time + caseFor + grace
        uint96 minDemandFee;
        uint32 maxJobs; // over the offer's life
        uint64 validUntil;
        address matcher; // 0: anybody
        uint64 counter; // the provider's order counter
        bytes32 salt;
    }

    /// @notice What the rest of a live job's life needs. Storage keeps its hash only (248 bits of
    /// keccak256(abi.encode(job))); callers pass it, and events let anyone rebuild it.
    struct Job {
        address requester;
        address provider;
        address resolver;
        uint96 flat;
        uint96 unitPrice; // the ramp's price at acceptance
        uint64 maxUnits;
        uint96 bond;
        uint96 caseFee; // 0 after a verdict: it was paid out
        uint96 demandFee;
        uint32 tasks;
        uint32 runFor;
        uint32 challengeFor;
        uint32 caseFor;
        uint64 acceptedAt;
        uint96 tipPaid; // what a matcher got
        uint64 claimedAt; // 0 until claimed
        uint64 claimBlock; // feeds the audit lottery alone
        uint64 windowEnd; // claimedAt + challengeFor, until an answer or a verdict moves it
        uint64 disputedAt; // 0: no case is open
        bool caseDone; // a case was opened and decided
        bytes32 demandHash; // 0: nothing was demanded
        uint8 answered; // bit i: pair i needs no answer any more; bits beyond a demand's pairs are set with it
        uint64 answerBy; // 0: nothing was demanded
        bytes32 seal; // keccak256(provider ‖ id ‖ D)
    }

    /// @notice An account's money and order counter: two storage slots.
    struct Account {
        uint96 free; // spendable and withdrawable
        uint96 bonded; // the part of `staked` locked by live jobs: the sum of their bonds
        uint64 counter; // orders signed under another value are revoked
        uint96 staked; // invariant: bonded <= staked
        uint96 unbonding; // leaving stake, earns no trust any more
        uint64 maturesAt; // when `unbonding` can be withdrawn
    }
}
