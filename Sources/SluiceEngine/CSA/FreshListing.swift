/// Shares one listing between those who ask for it before it begins: each gets one that began after it asked, and
/// there is one at a time for a key.
actor FreshListing<Key: Hashable & Sendable, Value: Sendable> {
    private struct Slot {
        var number: UInt64
        var task: Task<Value, any Error>
    }

    private let read: @Sendable (Key) async throws -> Value
    private var waiting: [Key: Slot] = [:]
    private var running: [Key: Slot] = [:]
    private var nextNumber: UInt64 = 1

    init(_ read: @escaping @Sendable (Key) async throws -> Value) { self.read = read }

    func value(of key: Key) async throws -> Value {
        if let slot = waiting[key] { return try await slot.task.value }
        let previous = running[key]?.task
        let number = nextNumber
        nextNumber += 1
        // why: whoever asks first may be cancelled, the others who share it are not.
        let task = Task { [self] in
            _ = await previous?.result
            return try await begin(key)
        }
        waiting[key] = Slot(number: number, task: task)
        return try await task.value
    }

    private func begin(_ key: Key) async throws -> Value {
        let slot = waiting.removeValue(forKey: key)
        running[key] = slot
        defer { if let slot, running[key]?.number == slot.number { running[key] = nil } }
        return try await read(key)
    }
}
