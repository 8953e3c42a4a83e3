import SluiceModel
import SluiceTestKit
import Testing

@Suite struct RunNameTests {
    @Test func isReadBackWhateverTheAskerCalledIt() throws {
        var generator = SeededGenerator(seed: 21)
        let pieces = [
            "nightly", " ", "[", "]", ".", "h_", "é", "👩‍👩‍👧‍👦", "\u{0301}", "\u{200D}", "2", "[h_0.1]", "\r\n", "",
        ]
        for _ in 0..<3000 {
            let ticket = Ticket(ULID(high: generator.next(), low: generator.next()))
            let attempt = Int.random(in: 1...2000, using: &generator)
            let own = (0..<Int.random(in: 0...60, using: &generator))
                .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }.joined()
            let name = RunName.make(own: own, flowName: "Flow", ticket: ticket, attempt: attempt)
            #expect(name.unicodeScalars.count <= RunName.characterCountMax, "\(name)")
            let read = try #require(RunName.read(name), "\(name)")
            #expect(read.ticket == ticket && read.attempt == attempt)
        }
    }

    @Test func staysShortEvenWhenOneCharacterIsEndless() {
        let own = "a" + String(repeating: "\u{0301}", count: 5000)
        let name = RunName.make(own: own, flowName: "", ticket: .fixture(1), attempt: 1)
        #expect(name.unicodeScalars.count <= RunName.characterCountMax)
        #expect(RunName.read(name)?.ticket == .fixture(1))
    }

    @Test func takesTheFlowsNameWithoutAnOwnOneAndNothingWithoutBoth() {
        #expect(
            RunName.make(own: nil, flowName: "Nightly", ticket: .fixture(1), attempt: 3)
                == "Nightly [\(Ticket.fixture(1)).3]")
        #expect(
            RunName.make(own: "", flowName: "Nightly", ticket: .fixture(1), attempt: 3) == "[\(Ticket.fixture(1)).3]")
    }

    @Test func aNameThatWasCutAnywhereIsNotOurs() {
        let name = RunName.make(own: "nightly", flowName: "", ticket: .fixture(77), attempt: 12)
        for length in 0..<name.count { #expect(RunName.read(String(name.prefix(length))) == nil) }
        #expect(RunName.read(name + " ") == nil)
    }

    @Test(arguments: ["0", "-1", "+1", "", " 1", "1x", "99999999999999999999", "١"])
    func refusesWhatIsNoAttempt(attempt: String) {
        #expect(RunName.read("x [\(Ticket.fixture(1)).\(attempt)]") == nil)
    }

    @Test(arguments: ["]", "[]", "[.]", "[h_.1]", "[1.1]", "[h_01ARYZ6S410000000000000000]", "x]", "nightly", ""])
    func refusesOtherNames(name: String) {
        #expect(RunName.read(name) == nil)
    }
}
