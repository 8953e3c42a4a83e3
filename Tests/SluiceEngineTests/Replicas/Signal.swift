import Synchronization

/// Set once, by whoever comes to it first.
final class Signal: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }

    func set() { value.withLock { $0 = true } }
}
