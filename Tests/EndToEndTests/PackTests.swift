import Foundation
import SluiceJSON
import SluiceSandbox
import Testing

/// Content packs that are replaced under holds, in the real service, by its program and over HTTP.
@Suite struct PackTests {
    /// What becomes of the flow that is held.
    enum Replacement: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case gone, newRequiredInput, noLongerGated, inputBecameConstant, newConstant, compatible
        var testDescription: String { rawValue }

        var flows: [SandboxFlow] {
            var flows = TestSite.flows(0)
            switch self {
            case .gone: flows.removeFirst()
            case .newRequiredInput: flows[0].inputs.append(.init("zone", isMandatory: true))
            case .noLongerGated: flows[0].isGated = false
            case .inputBecameConstant: break
            case .newConstant: flows[0].inputs.append(.init("zone", isMandatory: true))
            case .compatible:
                flows[0].inputs.append(.init("zone"))
                flows[1].inputs.append(.init("other", isMandatory: true))
            }
            return flows
        }

        /// Inputs that have a constant and are not taken from the launch.
        var constants: Set<String> {
            switch self {
            case .inputBecameConstant: ["order"]
            case .newConstant: ["zone"]
            default: []
            }
        }

        /// Why the hold stops; nil: it does not.
        var cause: String? {
            switch self {
            case .gone: "its flow is in none of the loaded content packs now; it was in pack Test, revision 1"
            case .newRequiredInput: "the input zone is required now, and the launch does not give it"
            case .noLongerGated: "its flow does not ask the gate any more"
            case .inputBecameConstant: "the input order is no longer taken from the launch"
            case .newConstant, .compatible: nil
            }
        }
    }

    private func with(
        _ settings: [String: String] = [:], _ body: (TestSite) async throws -> Void
    ) async throws {
        let site = try await TestSite(settings: settings)
        do {
            try await body(site)
        } catch {
            await site.end()
            throw error
        }
        await site.end()
    }

    private func hold(_ site: TestSite, _ order: String) async throws -> String {
        let answer = try await site.ask(order)
        guard answer.status == 202, let ticket = answer.body["ticket"]?.string else {
            throw TestSiteError("not held: \(answer)")
        }
        return ticket
    }

    private func state(_ site: TestSite, _ ticket: String) async throws -> String? {
        try await site.get("/v1/holds/\(ticket)").body["state"]?.string
    }

    // MARK: Holds

    @Test(
        "R36: a hold is launched only if it fits the pack that was loaded since, and opening says so first",
        arguments: Replacement.allCases)
    func aHoldIsLaunchedOnlyIfItFitsTheReplacement(_ replacement: Replacement) async throws {
        try await with { site in
            try await site.start()
            try await site.setGate("hold")
            let ticket = try await hold(site, "p-1")
            let before = try await site.get("/v1/holds/\(ticket)").body
            #expect(before["pack"] == "Test" && before["packRevision"] == 1)
            try TestSite.writePack(
                to: site.folder, at: "new", version: 2, flows: replacement.flows, constants: replacement.constants)
            let load = try await site.run(["pack", "load", site.folder.appending(path: "new").path])
            #expect(load.status == 0 && load.output.contains("revision 2, was 1"), "\(load.output)\(load.errors)")
            #expect(load.errors.contains("1 waiting hold") == (replacement.cause != nil), "\(load.errors)")
            let open = ["gate", "set", "open", "--reason", "done"]
            if let cause = replacement.cause {
                let refused = try await site.run(open)
                #expect(refused.status == 1 && refused.errors.contains(cause), "\(refused)")
                #expect(try await site.get("/v1/gate").body["mode"] == "hold")
            }
            let opened = try await site.run(open + (replacement.cause == nil ? [] : ["--strand-holds"]))
            #expect(opened.status == 0, "\(opened)")
            let expected = replacement.cause == nil ? "ended" : "awaiting-operator"
            try await site.until("\(expected)\n\(site.logText)", within: .seconds(30)) {
                try await state(site, ticket) == expected
            }
            guard let cause = replacement.cause else {
                #expect(site.sandbox.bodyCounts(key: "order") == ["p-1": 1])
                return
            }
            #expect(site.sandbox.bodies.isEmpty)
            let stopped = try await site.get("/v1/holds/\(ticket)").body
            #expect(stopped["cause"]?.string?.contains(cause) == true, "\(stopped)")
            let retry = try await site.run(["holds", "retry", ticket, "--reason", "I looked at it"])
            #expect(retry.status == 0, "\(retry.errors)")
            try await site.until("ended\n\(site.logText)", within: .seconds(30)) {
                try await state(site, ticket) == "ended"
            }
            #expect(site.sandbox.bodyCounts(key: "order") == ["p-1": 1])
        }
    }

    // MARK: Restarts

    @Test func aPackThatWasLoadedIsKnownAfterAKillUntilTheConfiguredOneChanges() async throws {
        try await with { site in
            try await site.start()
            try await site.setGate("hold")
            let ticket = try await hold(site, "p-1")
            try TestSite.writePack(to: site.folder, at: "new", version: 2, flows: Replacement.gone.flows)
            #expect(try await site.put(pack: site.jar(of: "new")).body["holdsToStop"] == 1)
            site.kill()
            try await site.start()
            let kept = try await site.get("/v1/packs").body["packs"]?.array?.first
            #expect(kept?["revision"] == 2 && kept?["by"] == "operator" && kept?["flowCount"] == 2)
            try await site.setGate("open", strandsHolds: true)
            try await site.until("it stops\n\(site.logText)", within: .seconds(30)) {
                try await state(site, ticket) == "awaiting-operator"
            }
            #expect(site.terminate() == 0)
            try TestSite.writePack(to: site.folder, version: 3)
            try await site.start()
            let shown = try await site.get("/v1/packs/Test").body
            #expect(shown["history"]?.array?.map { $0["by"] } == ["sluice", "operator", "sluice"])
            #expect(shown["history"]?.array?.first?["differences"]?.array?.count == 2, "\(shown)")
        }
    }

    @Test func aConfiguredPackThatChangedWhileItWasStoppedIsComparedToo() async throws {
        try await with { site in
            try await site.start()
            try await site.setGate("hold")
            let ticket = try await hold(site, "p-1")
            #expect(site.terminate() == 0)
            try TestSite.writePack(to: site.folder, version: 2, flows: Replacement.newRequiredInput.flows)
            try await site.start()
            try await site.setGate("open", strandsHolds: true)
            try await site.until("it stops\n\(site.logText)", within: .seconds(30)) {
                try await state(site, ticket) == "awaiting-operator"
            }
            #expect(site.sandbox.bodies.isEmpty)
        }
    }

    @Test func refusesToStartWithTwoPacksOfOneName() async throws {
        try await with(["SLUICE_PACKS": "pack,other"]) { site in
            try TestSite.writePack(to: site.folder, at: "other", flows: [])
            await #expect(throws: (any Error).self) { try await site.start(within: .seconds(3)) }
            #expect(site.terminate() == 1)
            #expect(site.logText.contains("the content packs pack and other (packs) are both called \"Test\""))
        }
    }

    @Test func callsAPackWithoutANameByItsPathAndSaysWhenItIsNoLongerConfigured() async throws {
        try await with(["SLUICE_PACKS": "pack,some pack"]) { site in
            try TestSite.writePack(to: site.folder, at: "some pack", name: nil, flows: [])
            try await site.start()
            let names = try await site.get("/v1/packs").body["packs"]?.array?.map { $0["name"] }
            #expect(names == ["Test", "some pack"])
            #expect(try await site.get("/v1/packs/some%20pack").body["by"] == "sluice")
            let list = try await site.run(["pack", "loaded"])
            #expect(list.status == 0 && list.output.hasPrefix("PACK") && list.output.contains("some pack"))
            #expect(site.terminate() == 0)
            try await site.start(["SLUICE_PACKS": "pack"])
            #expect(try await site.get("/v1/packs/some%20pack").status == 200)
            #expect(site.logText.contains("no longer in the configuration"))
        }
    }

    // MARK: Bad input

    @Test func loadsNothingOfWhatIsNoWholePackOfThatName() async throws {
        try await with(["SLUICE_LIMITS_PACK_BYTES": "20000"]) { site in
            try await site.start()
            try TestSite.writePack(to: site.folder, at: "new", version: 2)
            let jar = try await site.jar(of: "new")
            let other = try await site.put(pack: jar, "Other")
            #expect(other.status == 409 && other.body["packName"] == "Test", "\(other)")
            for bytes in [Array("no zip".utf8), [], Array(jar.dropLast()), Array(jar.prefix(jar.count / 2))] {
                let answer = try await site.put(pack: bytes)
                #expect(answer.status == 422, "\(answer)")
                #expect(answer.body["diagnostics"]?.array?.isEmpty == false)
                #expect(!answer.body.write().contains("/proc/"), "\(answer)")
            }
            var broken = jar
            for index in 200..<240 { broken[index] ^= 0xFF }
            #expect(try await site.put(pack: broken).status == 422)
            let large = try await site.put(pack: Array(repeating: 0, count: 20_001))
            #expect(large.status == 413 && large.body["limit"] == 20_000, "\(large)")
            #expect(try await site.get("/v1/packs/Test").body["revision"] == 1)
            #expect(try await site.put(pack: jar).body["revision"] == 2)
            let again = try await site.run(["pack", "load", site.folder.appending(path: "new.jar").path, "--json"])
            #expect(try again.json["results"]?.array?.first?["pack"]?["new"] == false, "the same bytes came over")
        }
    }

    @Test func loadsTwoAtOnce() async throws {
        try await with { site in
            try await site.start()
            var jars: [[UInt8]] = []
            for version in 2...3 {
                try TestSite.writePack(to: site.folder, at: "new\(version)", version: version)
                jars.append(try await site.jar(of: "new\(version)"))
            }
            for round in 0..<10 {
                async let first = site.put(pack: jars[0])
                async let second = site.put(pack: jars[1])
                let answers = try await [first, second]
                #expect(answers.map(\.status) == [200, 200], "\(answers)")
                let numbers = answers.compactMap { $0.body["revision"]?.number?.int }
                let newest = try await site.get("/v1/packs/Test").body["revision"]?.number?.int
                #expect(newest == numbers.max(), "round \(round)")
            }
        }
    }
}
