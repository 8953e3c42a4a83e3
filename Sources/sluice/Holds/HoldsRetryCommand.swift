import ArgumentParser

/// `sluice holds retry`: a new attempt for holds that await the operator.
struct HoldsRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Retry holds that await the operator: they are launched again.",
        discussion: """
            Only after you made sure that the last attempt started nothing: Sluice could not establish it. Asks \
            nothing; prints what became of each ticket. Exits 1 when one could not be retried.

            Example:
              sluice holds retry h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD \\
                --reason "Central has no execution of it"
            """)

    @OptionGroup var options: HoldMoveOptions

    func run() async throws { try await options.move(.retry) }
}
