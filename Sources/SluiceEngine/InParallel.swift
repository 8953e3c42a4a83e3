/// Does the same for many, so many at a time; the first error ends it.
/// - Returns: In their order.
func inParallel<Item: Sendable, Value: Sendable>(
    _ items: [Item], limit: Int, _ body: @escaping @Sendable (Item) async throws -> Value
) async rethrows -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        var values = [Value?](repeating: nil, count: items.count)
        var next = 0
        func add() {
            guard next < items.count else { return }
            let (index, item) = (next, items[next])
            group.addTask { (index, try await body(item)) }
            next += 1
        }
        for _ in 0..<limit { add() }
        while let (index, value) = try await group.next() {
            values[index] = value
            add()
        }
        return values.compactMap(\.self)
    }
}
