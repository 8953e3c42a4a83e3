import SluiceCore
import SluiceModel
import Testing

/// How long Central is left alone after it failed.
@Suite struct RetryPauseTests {
    private let start = MonotonicTime(nanoseconds: 0)

    private func at(_ seconds: Int64) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    @Test(
        "each failure in a row doubles the wait, up to a limit",
        arguments: [
            (RetryPause.Kind.failure, [5, 10, 20, 40, 60, 60]),
            (.refusal, [60, 120, 240, 480, 960, 1800, 1800]),
        ] as [(RetryPause.Kind, [Int64])])
    func doubles(kind: RetryPause.Kind, waits: [Int64]) {
        var pause = RetryPause(at: start)
        for wait in waits {
            let now = pause.until
            pause.failed(kind, at: now)
            #expect(pause.until == now.advanced(by: .seconds(wait)))
        }
        #expect(RetryPause.wait(after: .max, kind) == .seconds(waits[waits.count - 1]))
    }

    @Test("a refused account is tried at most five times in any quarter of an hour")
    func keepsAccountsFromLockingOut() {
        var pause = RetryPause(at: start)
        var tries: [MonotonicTime] = []
        while pause.until < at(86_400) {
            tries.append(pause.until)
            pause.failed(.refusal, at: pause.until)
        }
        for first in tries {
            let end = first.advanced(by: .seconds(900))
            #expect(tries.count { $0 >= first && $0 <= end } <= 5)
        }
    }

    @Test("a person's order tries at once, and what was refused before still counts")
    func hurries() {
        var pause = RetryPause(at: start)
        for _ in 0..<3 { pause.failed(.refusal, at: start) }
        pause.hurry(at: at(1))
        #expect(pause.until == at(1))
        pause.failed(.refusal, at: at(1))
        #expect(pause.until == at(481))
        pause.hurry(at: at(900))
        #expect(pause.until == at(481), "it may be tried already")
        pause.shorten(to: .seconds(5), at: at(2))
        #expect(pause.until == at(7))
        pause.succeeded(at: at(8))
        pause.failed(.refusal, at: at(8))
        #expect(pause.until == at(68))
        pause.failed(.failure, at: at(8))
        #expect(pause.until == at(13), "another kind of trouble counts anew")
    }
}
