import ArgumentParser

/// `sluice holds retry`: a new attempt for holds that await the operator.
struct HoldsRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Retry holds that await the operator: they are launched again.",
        discussion: """
            Only after you made sure that the last attempt started nothing: Sluice could not establish it. Asks \
            nothing; prints what became of each ticket. Exits 1 when one could not be retried.

            Named by filters in place of tickets, many are moved at once: --dry-run says how many and shows some, and \
            without --yes nothing is done. One that somebody else moves meanwhile stops none of the others.

            Examples:
              sluice holds retry h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD \\
                --reason "Central has no execution of it"
              sluice holds retry --flow a98c3fe7-9c90-4237-a025-e2df4a7cf1f9 --dry-run
            """)

    @OptionGroup var options: HoldMoveOptions

    func run() async throws { try await options.move(.retry) }
}
