import SluiceModel
import Testing

@Suite struct CSAItemMessageTests {
    @Test(
        "200 with Failed is a failure, and what says neither is no success",
        arguments: [
            ("Updated approval policy of action of ORDER for service offering with id A", [], .succeeded, false),
            (" Unpublish Service Offering X from category CRM succeeded.", ["X", "CRM"], .succeeded, false),
            ("X from category CRM failed. Category doesn't exist.", ["X", "CRM"], .failed, true),
            ("Failed to set approval policy for service offering with id 1. It is not found.", [], .failed, true),
            ("FAILED: Updated nothing", [], .failed, false), ("", [], .unclear, false), ("OK", [], .unclear, false),
            ("Updated with errors", [], .failed, false), ("Could not be Updated", [], .failed, false),
            // Names that people chose are no verdict, in either direction.
            (
                "Unpublish Failed over DB from category Not found succeeded.", ["Failed over DB", "Not found"],
                .succeeded, false
            ),
            ("Unpublish succeeded from category Updated failed.", ["succeeded", "Updated"], .failed, false),
            ("Unpublish X from category failed failed.", ["X", "failed"], .unclear, false),
            ("Unpublish X from category ail failed.", ["X", "ail"], .failed, false),
            ("Unpublish X from category succeeded", ["X", "succeeded"], .unclear, false),
        ] as [(String, [String], CSAItemMessage.Verdict, Bool)])
    func verdicts(text: String, names: [String], verdict: CSAItemMessage.Verdict, saysMissing: Bool) {
        let message = CSAItemMessage(text, names: names)
        #expect(message.verdict == verdict && message.saysMissing == saysMissing && message.text == text)
    }

    @Test func readsIdAndAction() {
        let message = CSAItemMessage("Updated approval policy of action of ORDER for service offering with id 90e7.")
        #expect(message.itemID == "90e7" && message.action == "ORDER")
        #expect(CSAItemMessage("with id").itemID == nil && CSAItemMessage("").itemID == nil)
    }

    @Test func oneFailureOfAnItemIsItsOutcome() {
        let messages = ["Updated ORDER with id A", "Failed MODIFY with id A", "Updated ORDER with id AB"].map {
            CSAItemMessage($0)
        }
        #expect(!CSAItemOutcome.assignment(of: CSAOfferingID("A"), in: messages).isSuccess)
        #expect(CSAItemOutcome.assignment(of: CSAOfferingID("AB"), in: messages).isSuccess)
        #expect(CSAItemOutcome.assignment(of: CSAOfferingID("B"), in: messages) == .unmentioned)
    }

    @Test func tellsPlacesOfOneOfferingApart() {
        func place(_ category: String) -> CSAPublication {
            CSAPublication(offeringID: CSAOfferingID("A"), offeringName: "DB", categoryName: category)
        }
        let items = [place("CRM"), place("CRM Pro")]
        let messages = ["DB from category CRM Pro failed.", "DB from category CRM succeeded."].map {
            CSAItemMessage($0, names: ["DB", "CRM", "CRM Pro"])
        }
        #expect(CSAItemOutcome.publications(items, in: messages).map(\.isSuccess) == [true, false])
        // A line without a category may be about either.
        let vague = [CSAItemMessage("DB succeeded.", names: ["DB"])]
        #expect(CSAItemOutcome.publications(items, in: vague) == [.unmentioned, .unmentioned])
        #expect(CSAItemOutcome.publications([items[0]], in: vague).map(\.isSuccess) == [true])
    }
}
