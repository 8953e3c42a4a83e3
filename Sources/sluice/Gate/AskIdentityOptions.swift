import ArgumentParser
import FoundationEssentials
import SluiceModel

/// What makes a question the same question as one asked before.
struct AskIdentityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Names this question; the same on each repeat of it. Default: a new UUID, which is printed.",
            valueName: "id"))
    var askId: NameArgument?

    @Option(help: "The ticket of the hold that an earlier answer gave; needs --ask-id of that question.")
    var ticket: TicketArgument?

    var askID: NameArgument? { askId }

    func validate() throws {
        if ticket != nil, askId == nil {
            throw ValidationError(
                "--ticket needs the --ask-id that was printed with it: a ticket alone starts nothing")
        }
    }

    /// Made once a command, and repeated with every try.
    static func freshAskID() -> String { UUID().uuidString.lowercased() }
}
