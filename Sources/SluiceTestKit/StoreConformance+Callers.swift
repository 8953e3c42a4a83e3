import SluiceModel
import SluicePorts

extension StoreConformance {
    /// Callers of the facade that Central knew.
    static let callerChecks: [Check] = [
        Check("a caller that Central knew is found by its fingerprint") { store in
            try requireEqual(try await store.caller(callerPrint), nil, "none at first")
            let (one, other) = (caller(at: 0), caller(Fingerprint([0, 255, 2]), at: 5))
            try await store.commit(.putCaller(one), .putCaller(other))
            try requireEqual(try await store.caller(one.fingerprint), one, "one")
            try requireEqual(try await store.caller(other.fingerprint), other, "the other")
            try requireEqual(try await store.caller(Fingerprint([0, 255])), nil, "a part of a fingerprint is none")
        },
        Check("a newer record of a caller replaces an older one, and an older one changes nothing") { store in
            try await store.commit(.putCaller(caller(at: 10)))
            try await store.commit(.putCaller(caller(at: 20)))
            try requireEqual(try await store.caller(callerPrint), caller(at: 20), "the newer one")
            for seconds: Int64 in [19, 20] {
                var late = caller(at: seconds)
                late.forgetAt = .after(9999)
                try await store.commit(.putCaller(late))
                try requireEqual(try await store.caller(callerPrint), caller(at: 20), "after one of \(seconds) s")
            }
            try await store.commit(.putCaller(caller(at: 21)), .putCaller(caller(at: 23)), .putCaller(caller(at: 22)))
            try requireEqual(try await store.caller(callerPrint), caller(at: 23), "the newest of one commit")
        },
        Check("a caller that Central refused is forgotten, and may be known again at any time") { store in
            try await store.commit(.forgetCaller(callerPrint))
            let other = caller(Fingerprint([2]), at: 0)
            try await store.commit(.putCaller(caller(at: 10)), .putCaller(other))
            try await store.commit(.forgetCaller(callerPrint))
            try requireEqual(try await store.caller(callerPrint), nil, "forgotten")
            try requireEqual(try await store.caller(other.fingerprint), other, "the other one stays")
            try await store.commit(.putCaller(caller(at: 5)))
            try requireEqual(try await store.caller(callerPrint), caller(at: 5), "known again")
            try await store.commit(.forgetCaller(callerPrint), .putCaller(caller(at: 3)))
            try requireEqual(try await store.caller(callerPrint), caller(at: 3), "set back in one commit")
            try await store.commit(.putCaller(caller(at: 8)), .forgetCaller(callerPrint))
            try requireEqual(try await store.caller(callerPrint), nil, "put and forgotten in one commit")
        },
        Check("what is refused changes no caller, and any replica may write one") { store in
            try await store.commit(.putCaller(caller(at: 10)))
            try await requireRefusal(
                .conflict, "with a conflict", store,
                [.putCaller(caller(at: 20)), .forgetCaller(Fingerprint([2])), .move(1, [.released], .held)])
            try requireEqual(try await store.caller(callerPrint), caller(at: 10), "as before")
            // As one that does not lead writes: without a term.
            try await store.commit([.putCaller(caller(at: 30))], fence: Fence(timeline: fence.timeline))
            try requireEqual(try await store.caller(callerPrint), caller(at: 30), "of a follower")
        },
    ]

    private static let callerPrint = Fingerprint([0, 255, 1])

    /// Known at a number of seconds after the checks' start, for 100 s.
    static func caller(_ fingerprint: Fingerprint = callerPrint, at seconds: Int64) -> KnownCaller {
        KnownCaller(fingerprint: fingerprint, at: .after(seconds), forgetAt: .after(seconds + 100))
    }
}
