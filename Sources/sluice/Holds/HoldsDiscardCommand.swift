import ArgumentParser

/// `sluice holds discard`: drops single holds for good.
struct HoldsDiscardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Discard holds: they are never started.",
        discussion: """
            Asks nothing and cannot be undone; prints what became of each ticket. Exits 1 when one could not \
            be discarded.

            Named by filters in place of tickets, many are moved at once: --dry-run says how many and shows some, and \
            without --yes nothing is done. One that somebody else moves meanwhile stops none of the others.

            Examples:
              sluice holds discard h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD \\
                --reason "the order was cancelled"
              sluice holds discard --coalesce-key pool:P1 --reason "the pool is gone" --yes
            """)

    @OptionGroup var options: HoldMoveOptions

    @Flag(help: "What the holds stand for (coalesced) is dropped with them, instead of coming back.")
    var dropRepresented = false

    func run() async throws { try await options.move(.discard, dropsRepresented: dropRepresented) }
}
