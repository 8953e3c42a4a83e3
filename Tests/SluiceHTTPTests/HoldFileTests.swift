import Foundation
import HTTPTypes
import HummingbirdTesting
import SluiceEngine
import SluiceHoldFile
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// Holds from one site to another: `GET /v1/holds/export`, `POST /v1/holds/import`, `POST /v1/holds/discard-exported`.
@Suite(.timeLimit(.minutes(10)))
struct HoldFileTests {
    /// Runs a test with two sites whose gates hold.
    private static func sites(
        _ from: Bench.Setup = .init(mode: .hold), _ to: Bench.Setup = .init(mode: .hold),
        _ body: @escaping @Sendable (Bench, Bench) async throws -> Void
    ) async throws {
        try await Bench.run(from) { source in
            try await Bench.run(to) { target in try await body(source, target) }
        }
    }

    private static func hold(_ bench: Bench, _ fields: JSONObject = [:]) async throws -> Ticket {
        let reply = try await bench.client.ask(fields)
        return try #require(reply["ticket"]?.string.flatMap { Ticket($0) }, "\(reply)")
    }

    private static func all(_ store: any Store) async throws -> [Hold] {
        var holds: [Hold] = []
        var query = HoldQuery(limit: 1000)
        while true {
            let page = try await store.holds(query)
            holds += page.holds
            guard let next = page.next else { return holds }
            query.after = next
        }
    }

    /// A hold as it must be on both sites: what belongs to one site alone left out, secrets opened.
    private static func common(_ hold: Hold, _ bench: Bench) throws -> Hold {
        var hold = hold
        hold.arrival = 0
        hold.epoch = Epoch(0)
        hold.stateSince = .zero
        hold.cause = nil
        (hold.releasedEpoch, hold.attemptAt, hold.passID, hold.executionID, hold.result) = (nil, nil, nil, nil, nil)
        hold.request.flowMemory?.packRevision = nil
        for (index, input) in hold.request.inputs.enumerated() {
            guard case .sealed(let sealed) = input.value else { continue }
            hold.request.inputs[index].value = .secret(try bench.sealer.open(sealed, context: input.name))
        }
        return hold
    }

    @Test(
        "R18 R22 whatever is held moves whole and in its order, and nothing else does",
        arguments: [1, 2, 3, 4, 5, 6] as [UInt64], [false, true])
    func roundTrip(seed: UInt64, isSQLite: Bool) async throws {
        let files = try isSQLite ? (TemporarySQLite(), TemporarySQLite()) : nil
        var setups = (Bench.Setup(mode: .hold), Bench.Setup(mode: .hold))
        if let files {
            setups.0.wrap = { _ in files.0.store }
            setups.1.wrap = { _ in files.1.store }
        }
        try await Self.sites(setups.0, setups.1) { source, target in
            var world = HoldWorld(seed: seed, sealer: source.sealer, at: source.clocks.now().wall)
            for _ in 0..<150 {
                let changes = try await world.next(source.engine.store)
                try? await source.engine.store.commit(changes, fence: Fence(timeline: 1))
            }
            let before = try await Self.all(source.engine.store)
            let file = try await HoldFiles().export(source)
            let lines = try HoldFiles().read(file.bytes)
            let reply = try await HoldFiles().importing(file.bytes, to: target)
            #expect(reply.status == 200 && reply.result?["kind"] == "result", "\(reply)")
            #expect(try await Self.all(source.engine.store) == before)
            let arrived = try await Self.all(target.engine.store)
            let exported = lines.compactMap { if case .hold(let hold) = $0 { hold.ticket } else { nil } }
            let leftOut = lines.compactMap { if case .leftOut(let hold) = $0 { hold.ticket } else { nil } }
            #expect(arrived.map(\.ticket) == exported)
            #expect(reply.result?["imported"] == .int(exported.count) && reply.passedOver.isEmpty)
            let byTicket = Dictionary(uniqueKeysWithValues: before.map { ($0.ticket, $0) })
            for hold in arrived {
                let original = try #require(byTicket[hold.ticket])
                #expect(try Self.common(hold, target) == Self.common(original, source))
                #expect(hold.state == .held || hold.state == .coalesced)
                #expect(hold.state != .coalesced || hold.representative.map { exported.contains($0) } == true)
                let events = try await target.engine.store.events(of: hold.ticket, after: 0, limit: 9)
                #expect(events.map(\.kind) == ["imported"] && events.first?.by == Principal("ann"))
            }
            // Each hold that is not over is in the file or named as left out, once.
            let open = before.filter { !$0.state.isFinal }.map(\.ticket)
            #expect(Set(open).isSubset(of: Set(exported + leftOut)))
            #expect(Set(exported + leftOut).count == exported.count + leftOut.count)
            #expect(Set(before.filter { $0.state == .held }.map(\.ticket)).isSubset(of: Set(exported)))
        }
    }

    @Test("R18 a file names its site: another one discards nothing by it, an older file is taken hold by hold")
    func knowsWhoseItIs() async throws {
        for isOlder in [false, true] {
            var setups = (Bench.Setup(mode: .hold), Bench.Setup(mode: .hold))
            setups.0.site = isOlder ? nil : "s_here"
            setups.1.site = "s_there"
            try await Self.sites(setups.0, setups.1) { source, target in
                _ = try await Self.hold(source)
                let files = try HoldFiles()
                let file = try await files.export(source).bytes
                let start = try files.read(file).compactMap { if case .start(let start) = $0 { start } else { nil } }
                #expect(start.map(\.site) == [isOlder ? nil : "s_here"])
                #expect(try await files.importing(file, to: target).result?["imported"] == 1)
                for query in ["?reason=moved", "?dryRun=true"] {
                    let wrong = try await files.send(file, to: "discard-exported", of: target, query)
                    if isOlder {
                        #expect(wrong.status == 200 && wrong.result?["discarded"] == 0, "\(wrong)")
                    } else {
                        #expect(wrong.status == 409 && wrong.problem == "hold-file-of-another-site", "\(wrong)")
                        #expect(wrong["detail"]?.string?.contains("s_here") == true)
                    }
                }
                #expect(try await Self.all(target.memory).map(\.state) == [.held])
                let right = try await files.send(file, to: "discard-exported", of: source, "?reason=moved")
                #expect(right.status == 200 && right.result?["discarded"] == 1, "\(right)")
                // It may come back to where it was: it is known there.
                #expect(try await files.importing(file, to: source).result?["known"] == 1)
            }
        }
    }

    @Test("R24 what an import and an export keep in memory is bounded by bytes, however large the holds are")
    func boundsMemoryByBytes() async throws {
        try await Self.sites { source, target in
            let large = String(repeating: "x", count: 900_000)
            for _ in 0..<30 { _ = try await Self.hold(source, ["inputs": ["n": .string(large)]]) }
            let files = try HoldFiles()
            let file = try await files.export(source).bytes
            let reply = try await files.importing(file, to: target)
            #expect(reply.result?["imported"] == 30, "\(reply.status)")
            let done = reply.lines.filter { $0["kind"] == "progress" }.compactMap { $0["done"]?.number?.int }
            let steps = zip(done, [0] + done).map { $0 - $1 }
            #expect(done.last == 30 && steps.allSatisfy { $0 * 900_000 <= HoldFileRun.stepByteCountMax + 2_000_000 })
            var export = HoldExport(of: HoldQuery(limit: 1), in: source.memory, holdByteCountMax: 16 << 20)
            var pages: [Int] = []
            while let page = try await export.next() { pages.append(page.count) }
            #expect(pages.max() == 2 && pages.reduce(0, +) == 30)
        }
    }

    @Test("R18 nothing is stored of a file that was made with another key, changed, or cut off")
    func refusesWhatIsNotWhole() async throws {
        try await Self.sites { source, target in
            for number in 0..<40 { _ = try await Self.hold(source, ["inputs": ["n": .string("\(number)")]]) }
            let files = try HoldFiles()
            let bytes = try await files.export(source).bytes
            let other = try await HoldFiles("b").importing(bytes, to: target)
            #expect(other.status == 422 && other.problem == "hold-file-unreadable")
            var doctored: [[UInt8]] = [[], Array(bytes.prefix(20)), Array(bytes.dropLast()), bytes + [0]]
            for place in stride(from: 0, to: bytes.count, by: 211) {
                var changed = bytes
                changed[place] ^= 4
                doctored.append(changed)
            }
            for bytes in doctored {
                let reply = try await files.importing(bytes, to: target)
                #expect(reply.status == 422 && reply.problem == "hold-file-unreadable", "\(reply)")
            }
            #expect(try await Self.all(target.memory).isEmpty)
            #expect(try await files.importing(bytes, to: target).result?["imported"] == 40)
        }
    }

    @Test("R19 what is known is passed over, what is over does not come back, and a key makes no second launch")
    func doublesNothing() async throws {
        try await Self.sites { source, target in
            let first = try await Self.hold(source)
            let second = try await Self.hold(source)
            let keyed = try await Self.hold(source, ["idempotencyKey": "k"])
            let asked = try await Self.hold(source, ["askId": "a", "source": "flow"])
            let files = try HoldFiles()
            let file = try await files.export(source)
            // The same askers found this site first.
            let own = try await Self.hold(target, ["idempotencyKey": "k"])
            let ownAsked = try await Self.hold(target, ["askId": "a", "source": "flow"])
            let once = try await files.importing(file.bytes, to: target)
            #expect(once.result?["imported"] == 2 && once.result?["refused"] == 2 && once.result?["known"] == 0)
            let reasons = once.passedOver.compactMap { $0["reason"]?.string }
            #expect(once.passedOver.compactMap { $0["ticket"]?.string } == ["\(keyed)", "\(asked)"])
            #expect(reasons.first?.contains("\(own)") == true && reasons.last?.contains("\(ownAsked)") == true)
            _ = try await target.client.send(
                .post, "/v1/holds/\(first)/discard", as: .operator, body: ["reason": "r"])
            let again = try await files.importing(file.bytes, to: target)
            #expect(again.result?["imported"] == 0 && again.result?["known"] == 2 && again.result?["refused"] == 2)
            #expect(try await target.memory.hold(first)?.state == .discarded)
            #expect(try await target.memory.hold(second)?.state == .held)
            #expect(try await Self.all(target.memory).count == 4)
        }
    }

    @Test("R19 a caller that repeats its key at the new site finds its hold, and a gate step its ticket")
    func goesOnWithItsCallers() async throws {
        try await Self.sites { source, target in
            let keyed = try await Self.hold(source, ["idempotencyKey": "k"])
            let asked = try await Self.hold(source, ["askId": "a", "source": "flow", "launcher": "caller"])
            let files = try HoldFiles()
            _ = try await files.importing(try await files.export(source).bytes, to: target)
            let repeated = try await target.client.ask(["idempotencyKey": "k"])
            #expect(repeated.status == 202 && repeated["ticket"] == .string("\(keyed)"))
            let waiting = try await target.client.ask([
                "askId": "a", "source": "flow", "launcher": "caller", "ticket": .string("\(asked)"),
            ])
            #expect(waiting.status == 202 && waiting["ticket"] == .string("\(asked)"))
            try await target.set("open")
            let taken = try await target.client.ask([
                "askId": "a", "source": "flow", "launcher": "caller", "ticket": .string("\(asked)"),
            ])
            #expect(taken["decision"] == "proceed", "\(taken)")
        }
    }

    @Test("R22 a new site's own holds go before those that come in, and within a key too")
    func comesAfterWhatIsThere() async throws {
        try await Self.sites { source, target in
            let early = try await Self.hold(source, ["orderingKey": "o"])
            let own = try await Self.hold(target, ["orderingKey": "o"])
            let files = try HoldFiles()
            _ = try await files.importing(try await files.export(source).bytes, to: target)
            #expect(try await Self.all(target.memory).map(\.ticket) == [own, early])
            let query = CandidateQuery(at: target.clocks.now().wall, includesHeld: true, limit: 9)
            #expect(try await target.memory.candidates(query).map(\.ticket) == [own])
        }
    }

    @Test("R19 what is coalesced moves with what stands for it, comes back if that fails, and stands for what is there")
    func movesWhatIsCoalesced() async throws {
        try await Self.sites { source, target in
            let pool: JSONObject = ["coalesceKey": "pool"]
            var tickets: [Ticket] = []
            for _ in 0..<3 { tickets.append(try await Self.hold(source, pool)) }
            let own = try await Self.hold(target, pool)
            let files = try HoldFiles()
            let reply = try await files.importing(try await files.export(source).bytes, to: target)
            #expect(reply.result?["imported"] == 3)
            let states = try await Self.all(target.memory).map { "\($0.state)" }
            #expect(states == ["coalesced", "coalesced", "coalesced", "held"])
            #expect(try await target.memory.hold(own)?.representative == tickets[2])
            _ = try await target.client.send(
                .post, "/v1/holds/\(tickets[2])/discard", as: .operator, body: ["reason": "r"])
            #expect(try await target.memory.hold(tickets[1])?.state == .held)
        }
    }

    @Test func saysWhatItWouldDoAndTakesNothingIntoAnOpenGate() async throws {
        try await Self.sites(.init(mode: .hold), .init(mode: .open)) { source, target in
            _ = try await Self.hold(source)
            let files = try HoldFiles()
            let bytes = try await files.export(source).bytes
            let newest = try await target.memory.newestEvent()
            let dry = try await files.importing(bytes, to: target, "?dryRun=true")
            #expect(dry.result?["imported"] == 1 && dry.result?["dryRun"] == true)
            let refused = try await files.importing(bytes, to: target)
            #expect(refused.status == 409 && refused.problem == "gate-open")
            #expect(try await Self.all(target.memory).isEmpty)
            #expect(try await target.memory.newestEvent() == newest)
            #expect(try await files.importing(bytes, to: target, "?allowOpen=true").result?["imported"] == 1)
        }
    }

    @Test("R19 a file is refused once what was imported from it could have been forgotten")
    func refusesAnOldFile() async throws {
        try await Self.sites { source, target in
            _ = try await Self.hold(source)
            let files = try HoldFiles()
            let bytes = try await files.export(source).bytes
            target.clocks.advance(by: .seconds(90 * 86_400 - 10))
            #expect(try await files.importing(bytes, to: target, "?dryRun=true").result?["imported"] == 1)
            target.clocks.advance(by: .seconds(20))
            let refused = try await files.importing(bytes, to: target)
            #expect(refused.status == 409 && refused.problem == "hold-file-too-old")
        }
    }

    @Test("R19 what was exported is discarded as long as it is as it was, and the rest is named")
    func discardsWhatWasExported() async throws {
        try await Self.sites { source, target in
            let files = try HoldFiles()
            let plain = try await Self.hold(source)
            let dropped = try await Self.hold(source)
            let released = try await Self.hold(source)
            let pool = try await (Self.hold(source, ["coalesceKey": "p"]), Self.hold(source, ["coalesceKey": "p"]))
            let late = try await Self.hold(source, ["coalesceKey": "q"])
            let bytes = try await files.export(source).bytes
            func order(_ ticket: Ticket, _ move: String) async throws {
                _ = try await source.client.send(
                    .post, "/v1/holds/\(ticket)/\(move)", as: .operator, body: ["reason": "r"])
            }
            try await order(dropped, "discard")
            try await order(released, "release")
            let newer = try await Self.hold(source, ["coalesceKey": "q"])
            let dry = try await files.send(bytes, to: "discard-exported", of: source, "?dryRun=true")
            #expect(dry.result?["discarded"] == 2 && dry.result?["settled"] == 2 && dry.result?["changed"] == 2)
            #expect(try await source.memory.hold(plain)?.state == .held)
            let reply = try await files.send(bytes, to: "discard-exported", of: source, "?reason=moved%20to%20B")
            #expect(reply.result?["discarded"] == 2 && reply.result?["settled"] == 2 && reply.result?["changed"] == 2)
            #expect(reply.passedOver.compactMap { $0["ticket"]?.string } == ["\(released)", "\(late)"])
            let states = try await Self.all(source.memory).map(\.state)
            #expect(states == [.discarded, .discarded, .released, .coalesced, .discarded, .coalesced, .held])
            #expect(try await source.memory.hold(newer)?.state == .held)
            #expect(try await source.memory.hold(pool.0)?.representative == pool.1)
            let cause = try await source.memory.events(of: plain, after: 0, limit: 9).last
            #expect(cause?.cause == "moved to another site: moved to B" && cause?.by == Principal("ann"))
            // Again: it goes on where it was cut off.
            let again = try await files.send(bytes, to: "discard-exported", of: source, "?reason=r")
            #expect(again.result?["discarded"] == 0 && again.result?["settled"] == 4)
            #expect(try await files.importing(bytes, to: target).result?["imported"] == 6)
        }
    }

    @Test("R19 the site that a file was imported into drops nothing of it, before the import and after")
    func dropsNothingAtTheWrongSite() async throws {
        try await Self.sites { source, target in
            let ticket = try await Self.hold(source)
            let files = try HoldFiles()
            let bytes = try await files.export(source).bytes
            let early = try await files.send(bytes, to: "discard-exported", of: target, "?reason=r")
            #expect(early.result?["settled"] == 0 && early.result?["changed"] == 1)
            #expect(try await files.importing(bytes, to: target).result?["imported"] == 1)
            let late = try await files.send(bytes, to: "discard-exported", of: target, "?reason=r")
            #expect(late.result?["discarded"] == 0 && late.result?["changed"] == 1)
            #expect(try await target.memory.hold(ticket)?.state == .held)
        }
    }

    @Test func takesNothingIntoAScopeThatIsOpen() async throws {
        try await Self.sites { source, target in
            _ = try await Self.hold(source)
            let files = try HoldFiles()
            let bytes = try await files.export(source).bytes
            #expect(try await target.set("open", scope: "source:api").status == 200)
            let refused = try await files.importing(bytes, to: target)
            #expect(refused.status == 409 && refused.problem == "gate-open")
            #expect(try await Self.all(target.memory).isEmpty)
        }
    }

    @Test("what a filter leaves behind is not dropped with what stands for it")
    func dropsNothingThatWasNotExported() async throws {
        try await Self.sites { source, _ in
            let files = try HoldFiles()
            _ = try await Self.hold(source, ["coalesceKey": "p", "source": "csa"])
            let representative = try await Self.hold(source, ["coalesceKey": "p"])
            let bytes = try await files.export(source, "?source=api").bytes
            let reply = try await files.send(bytes, to: "discard-exported", of: source, "?reason=r")
            #expect(reply.result?["changed"] == 1 && reply.result?["discarded"] == 0)
            #expect(try await source.memory.hold(representative)?.state == .held)
            let whole = try await files.export(source, "?coalesceKey=p").bytes
            #expect(
                try await files.send(whole, to: "discard-exported", of: source, "?reason=r").result?["discarded"] == 1)
        }
    }

    @Test("secrets are in clear in no file, log, store or event on their way")
    func keepsSecrets() async throws {
        let secret = "hunter2-\(UUID().uuidString)"
        try await Self.sites { source, target in
            let ticket = try await Self.hold(
                source, ["inputs": ["password": .string(secret)], "sensitiveInputs": ["password"]])
            let files = try HoldFiles()
            let file = try await files.export(source)
            #expect(Data(file.bytes).range(of: Data(secret.utf8)) == nil)
            let reply = try await files.importing(file.bytes, to: target)
            var changed = file.bytes
            changed[changed.count - 30] ^= 1
            let refused = try await files.importing(changed, to: target)
            let shown = try await target.client.send(.get, "/v1/holds/\(ticket)", as: .operator)
            let logs = (source.log.lines + target.log.lines).joined()
            for text in [reply.text, refused.text, shown.text, logs, "\(try await Self.all(target.memory))"] {
                #expect(!text.contains(secret))
            }
            for text in [logs, reply.text, shown.text] {
                #expect(!text.contains(files.key.secret(salt: try SealedStream.salt(ofHeader: file.bytes)).exposed))
            }
            let kept = try #require(try await target.memory.hold(ticket)?.request.inputs.first)
            guard case .sealed(let sealed) = kept.value else { return #expect(Bool(false), "not sealed") }
            #expect(try target.sealer.open(sealed, context: "password").exposed == secret)
            #expect(throws: SealingError.self) { try source.sealer.open(sealed, context: "password") }
        }
    }

    @Test("R18 an import that the store cut off says so, keeps what it kept, and goes on when it is sent again")
    func goesOnAfterAFailure() async throws {
        let memory = InMemoryStore()
        let flaky = FlakyStore(memory)
        var setup = Bench.Setup(mode: .hold)
        setup.memory = memory
        setup.wrap = { _ in flaky }
        try await Self.sites(.init(mode: .hold), setup) { source, target in
            for _ in 0..<500 { _ = try await Self.hold(source) }
            let files = try HoldFiles()
            let bytes = try await files.export(source).bytes
            flaky.failCommit(after: 1) { if case .importHold = $0 { true } else { false } }
            let cut = try await files.importing(bytes, to: target)
            #expect(cut.status == 200 && cut.result?["kind"] == "problem", "\(cut)")
            #expect(cut.result?["detail"]?.string?.contains("/var/lib") != true)
            let kept = try await Self.all(memory).count
            #expect(kept > 0 && kept < 500)
            let again = try await files.importing(bytes, to: target)
            #expect(again.result?["known"] == .int(kept) && again.result?["imported"] == .int(500 - kept))
            #expect(try await Self.all(memory).map(\.ticket) == Self.all(source.memory).map(\.ticket))
        }
    }

    @Test func onlyAnOperatorMovesHoldsAndSaysTheKey() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let files = try HoldFiles()
            for token in [Bench.Token.gate, .viewer] {
                #expect(try await files.export(bench, as: token).status == 403)
                for route in ["import", "discard-exported"] {
                    #expect(try await files.send([], to: route, of: bench, as: token).status == 403)
                }
            }
            for path in ["export", "export?state=held"] {
                let reply = try await bench.client.send(.get, "/v1/holds/\(path)", as: .operator)
                #expect(reply.status == 400 && reply.problem == "missing-file-key")
            }
            for (path, problem) in [
                ("export?limit=5", "unknown-fields"), ("export?stat=held", "unknown-fields"),
                ("export?state=x", "invalid-value"),
            ] {
                let reply = try await bench.client.send(.get, "/v1/holds/\(path)", as: .operator)
                #expect(reply.status == 400 && reply.problem == problem)
            }
            let odd = try await files.send([], to: "import", of: bench, "?dryRun=maybe")
            #expect(odd.problem == "invalid-value")
            #expect(try await files.send([], to: "import", of: bench, "?reason=x").problem == "unknown-fields")
            #expect(try await files.send([], to: "discard-exported", of: bench).problem == "missing-field")
            let note = try await bench.memory.events(of: nil, after: 0, limit: 99)
            #expect(note.map(\.kind) == ["gate-changed"], "the first start")
            _ = try await files.export(bench)
            let notes = try await bench.memory.events(of: nil, after: 0, limit: 99)
            #expect(notes.map(\.kind) == ["gate-changed", "holds-exported"] && notes.last?.by == Principal("ann"))
        }
    }
}
