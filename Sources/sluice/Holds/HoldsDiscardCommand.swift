import ArgumentParser

/// `sluice holds discard`: drops single holds for good.
struct HoldsDiscardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Discard holds: they are never started.",
        discussion: """
            Asks nothing and cannot be undone; prints what became of each ticket. Exits 1 when one could not \
            be discarded.

            Example:
              sluice holds discard h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD \\
                --reason "the order was cancelled"
            """)

    @OptionGroup var options: HoldMoveOptions

    func run() async throws { try await options.move(.discard) }
}
