import ArgumentParser

/// `sluice holds release`: lets single holds start now.
struct HoldsReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Release holds: they may start now.",
        discussion: """
            Asks nothing; prints what became of each ticket. Exits 1 when one could not be released.

            Named by filters in place of tickets, many are moved at once: --dry-run says how many and shows some, and \
            without --yes nothing is done. One that somebody else moves meanwhile stops none of the others.

            Examples:
              sluice holds release h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD \\
                --reason "needed today"
              sluice holds release --source scheduler --state held --dry-run
            """)

    @OptionGroup var options: HoldMoveOptions

    func run() async throws { try await options.move(.release) }
}
