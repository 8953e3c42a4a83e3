import SluiceModel
import SluicePluginKit
import Synchronization

/// An interceptor that does what a test says.
struct ScriptedInterceptor: LaunchInterceptor {
    var act: @Sendable (LaunchView, Timestamp) async throws -> Interception

    init(_ act: @escaping @Sendable (LaunchView, Timestamp) async throws -> Interception) { self.act = act }

    func intercept(_ launch: LaunchView, at now: Timestamp) async throws -> Interception { try await act(launch, now) }
}

struct PluginTrouble: Error, CustomStringConvertible {
    var description = "the calendar is gone"
}

/// Questions that hang, whatever cancels them, until they are let go.
final class Hanging: Sendable {
    private struct State {
        var waiting: [CheckedContinuation<Void, Never>] = []
        var count = 0
        var isOpen = false
    }

    private let state = Mutex(State())

    /// How many came so far.
    var count: Int { state.withLock { $0.count } }

    func hang() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                state.count += 1
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Lets all go that hang, and from now on every other one.
    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// A source that does what a test says.
struct ScriptedSource: SluicePluginKit.LaunchSource {
    var act: @Sendable (any LaunchAsking) async throws -> Void

    init(_ act: @escaping @Sendable (any LaunchAsking) async throws -> Void) { self.act = act }

    func run(asking gate: any LaunchAsking) async throws { try await act(gate) }
}

/// A value that tasks share.
final class Box<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        state.withLock { value in
            var changed = value
            let result = body(&changed)
            value = changed
            return result
        }
    }
}

extension Box where Value == Int {
    /// Counts one more, and gives the count.
    func next() -> Int {
        withLock { count in
            count += 1
            return count
        }
    }
}

/// Is set once.
final class Flag: Sendable {
    private let state = Mutex(false)

    var isSet: Bool { state.withLock { $0 } }

    func set() { state.withLock { $0 = true } }
}
