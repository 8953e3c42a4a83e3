import SluiceModel
import SluicePorts

extension StoreConformance {
    /// What Central said of callers of the facade.
    static let callerChecks: [Check] = [
        Check("a caller that Central knew is found by its fingerprint") { store in
            try requireEqual(try await store.caller(callerPrint), nil, "none at first")
            let (one, other) = (caller(at: 0), caller(Fingerprint([0, 255, 2]), at: 5, isRefused: true))
            try await store.commit(.put(one), .put(other))
            try requireEqual(try await store.caller(one.fingerprint), one, "one")
            try requireEqual(try await store.caller(other.fingerprint), other, "the other")
            try requireEqual(try await store.caller(Fingerprint([0, 255])), nil, "a part of a fingerprint is none")
        },
        Check("what was said last of a caller stays on record, in whatever order it is written") { store in
            for isRefused in [false, true] {
                for wasRefused in [false, true] {
                    let print = Fingerprint([isRefused ? 1 : 0, wasRefused ? 1 : 0])
                    let stored = caller(print, at: 20, isRefused: wasRefused)
                    for seconds: Int64 in [0, 19, 20, 21] {
                        // Apart by when each may be forgotten.
                        var late = caller(print, at: seconds, isRefused: isRefused)
                        late.forgetAt = .after(9999)
                        try await store.commit(.put(stored, horizon: 0))
                        try await store.commit(.put(late))
                        let wins = seconds > 20 || (seconds == 20 && isRefused && !wasRefused)
                        try requireEqual(
                            try await store.caller(print), wins ? late : stored,
                            "of \(seconds) s, refused: \(isRefused), after one of 20 s, refused: \(wasRefused)")
                    }
                }
            }
        },
        Check("of what one commit says of a caller the newest stays") { store in
            try await store.commit(.put(caller(at: 21)), .put(caller(at: 23)), .put(caller(at: 22)))
            try requireEqual(try await store.caller(callerPrint), caller(at: 23), "known")
            let refused = caller(at: 30, isRefused: true)
            try await store.commit(.put(caller(at: 29)), .put(refused), .put(caller(at: 30)))
            try requireEqual(try await store.caller(callerPrint), refused, "refused")
            // Each with its own horizon: the first takes the place of what is newer, and then the second is newer.
            let (first, second) = (caller(at: 10), caller(at: 15))
            try await store.commit(.put(first, horizon: 10), .put(second, horizon: 100))
            try requireEqual(try await store.caller(callerPrint), second, "after one from the future")
            try await store.commit(.put(caller(at: 40), horizon: 40), .put(first, horizon: 39), .put(second))
            try requireEqual(try await store.caller(callerPrint), second, "the horizon before both")
        },
        Check("what is on record of later than the horizon gives way, and what is of just then stays") { store in
            for isRefused in [false, true] {
                let stored = caller(at: 50, isRefused: isRefused)
                for word in [caller(at: 20), caller(at: 20, isRefused: true)] {
                    try await store.commit(.put(stored, horizon: 0))
                    try await store.commit(.put(word, horizon: 50))
                    try requireEqual(try await store.caller(callerPrint), stored, "of the horizon")
                    try await store.commit(.put(word, horizon: 49))
                    try requireEqual(try await store.caller(callerPrint), word, "beyond the horizon")
                }
            }
            let other = caller(Fingerprint([2]), at: 50)
            try await store.commit(.put(other), .put(caller(at: 50), horizon: 0))
            // The horizon of one is not that of another in the same commit.
            try await store.commit(
                .put(caller(at: 20), horizon: 20), .put(caller(other.fingerprint, at: 20), horizon: 50))
            try requireEqual(try await store.caller(callerPrint), caller(at: 20), "with a horizon before it")
            try requireEqual(try await store.caller(other.fingerprint), other, "with another")
        },
        Check("what is refused changes no caller, and any replica may write one") { store in
            try await store.commit(.put(caller(at: 10)))
            try await requireRefusal(
                .conflict, "with a conflict", store,
                [.put(caller(at: 20, isRefused: true)), .put(caller(at: 30)), .move(1, [.released], .held)])
            try requireEqual(try await store.caller(callerPrint), caller(at: 10), "as before")
            // As one that does not lead writes: without a term.
            try await store.commit([.put(caller(at: 30))], fence: Fence(timeline: fence.timeline))
            try requireEqual(try await store.caller(callerPrint), caller(at: 30), "of a follower")
        },
    ]

    private static let callerPrint = Fingerprint([0, 255, 1])

    /// Of a number of seconds after the checks' start, for 100 s.
    static func caller(
        _ fingerprint: Fingerprint = callerPrint, at seconds: Int64, isRefused: Bool = false
    ) -> KnownCaller {
        KnownCaller(
            fingerprint: fingerprint, at: .after(seconds), isRefused: isRefused, forgetAt: .after(seconds + 100))
    }
}

extension Change {
    /// - Parameter horizon: Seconds after the checks' start; all that they put is before it unless they say so.
    static func put(_ caller: KnownCaller, horizon: Int64 = 100_000) -> Change {
        .putCaller(caller, horizon: .after(horizon))
    }
}
