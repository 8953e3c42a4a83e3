import SluiceModel
import SluiceTestKit
import Testing

@Suite struct ULIDTests {
    @Test func hasTheTimePrefixOfTheSpecification() {
        let ulid = ULID(at: Timestamp(milliseconds: 1_469_918_176_385), random: (high: 0, low: 0))
        #expect(ulid.description == "01ARYZ6S410000000000000000")
        #expect(ulid.time.milliseconds == 1_469_918_176_385)
        #expect(ULID(high: .max, low: .max).description == "7ZZZZZZZZZZZZZZZZZZZZZZZZZ")
        #expect(ULID(high: 0, low: 1).description == "00000000000000000000000001")
    }

    @Test func readsBackWhatItWritesAndSortsAsItsText() throws {
        var generator = SeededGenerator(seed: 3)
        var previous: ULID?
        for _ in 0..<3000 {
            let ulid = ULID(high: generator.next(), low: generator.next())
            let text = ulid.description
            #expect(text.utf8.count == 26)
            #expect(ULID(text) == ulid)
            #expect(ULID(text.lowercased()) == ulid)
            if let previous { #expect((previous < ulid) == (previous.description < text)) }
            previous = ulid
            #expect(Ticket("h_\(text)") == Ticket(ulid))
            #expect(Ticket(Ticket(ulid).description) == Ticket(ulid))
        }
    }

    @Test func everySingleBitSurvivesTheText() {
        for bit in 0..<64 {
            #expect(ULID(ULID(high: 1 << bit, low: 0).description) == ULID(high: 1 << bit, low: 0))
            #expect(ULID(ULID(high: 0, low: 1 << bit).description) == ULID(high: 0, low: 1 << bit))
        }
    }

    @Test(
        arguments: [
            ("0000000000000000000000000I", 1), ("0000000000000000000000000l", 1), ("0000000000000000000000000O", 0),
            ("0000000000000000000000000o", 0), ("0000000000000000000000000i", 1),
        ] as [(String, UInt64)])
    func readsTheLettersThatLookLikeDigits(text: String, low: UInt64) {
        #expect(ULID(text) == ULID(high: 0, low: low))
    }

    @Test(arguments: [
        "", "0", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "0000000000000000000000000U", "00000000000000000000000000 ",
        "000000000000000000000000", "0000000000000000000000000!", "000000000000000000000000é",
        "ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
    ])
    func refusesOtherTexts(text: String) {
        #expect(ULID(text) == nil)
        #expect(Ticket("h_" + text) == nil)
    }

    @Test func ticketsNeedTheirPrefix() {
        let text = ULID(high: 9, low: 9).description
        #expect(Ticket(text) == nil)
        #expect(Ticket("H_" + text) == nil)
        #expect(Ticket("h_" + text) != nil)
        #expect(Ticket.fixture(1) < Ticket.fixture(2))
        #expect(PassID.fixture(1) < PassID.fixture(2))
    }

    @Test func sortsByTimeFirst() {
        let early = ULID(at: Timestamp(milliseconds: 1), random: (high: .max, low: .max))
        let late = ULID(at: Timestamp(milliseconds: 2), random: (high: 0, low: 0))
        #expect(early < late)
        #expect(ULID(at: Timestamp(milliseconds: -5), random: (high: 0, low: 0)).time == .zero)
    }
}
