import Foundation
import SluiceContent
import SluiceModel
import Testing

/// Four public Studio projects, read at the commit that the reference names, against facts counted by another program.
@Suite struct GoldenPackTests {
    struct Golden: CustomTestStringConvertible, Sendable {
        var key: String
        var repository: String
        var commit: String
        var subfolder: String

        var testDescription: String { key }

        /// The repository's git directory, in either shape of a mirror; nil when it was not fetched.
        var gitDirectory: String? {
            let root = "\(SharedFiles.mirror)/\(repository)/repo"
            return ["\(root)/.git", root].first { SharedFiles.exists($0 + "/HEAD") }
        }

        /// Writes the project's files into a folder and answers where its `contentpack.properties` is.
        func extract(into folder: TemporaryFolder) throws -> String {
            let git = try #require(gitDirectory)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = [
                "-c", "git --git-dir \"$1\" archive \"$2\" | tar -x -C \"$3\"", "sh", git, commit, folder.path,
            ]
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
            return subfolder.isEmpty ? folder.path : folder.path + "/" + subfolder
        }
    }

    static let all = [
        Golden(
            key: "gilleslabs/learn-chef-hpoo-content-pack learn-chef/",
            repository: "gilleslabs+learn-chef-hpoo-content-pack", commit: "8143bd41", subfolder: "learn-chef"),
        Golden(key: "Razvan-Morar/OO /", repository: "Razvan-Morar+OO", commit: "9e569d5d", subfolder: ""),
        Golden(
            key: "KonradSchieban/OO-Content Test/", repository: "KonradSchieban+OO-Content", commit: "4edb003e",
            subfolder: "Test"),
        Golden(key: "smexp/test /", repository: "smexp+test", commit: "0e44aeef", subfolder: ""),
    ]
    static let areHere = SharedFiles.hasContent && all.allSatisfy { $0.gitDirectory != nil }

    @Test(
        .enabled(if: GoldenPackTests.areHere, "needs ../shared/samples and the four repositories in ../.mirror"),
        arguments: all)
    func readsTheFactsOfARealProject(golden: Golden) throws {
        let folder = try TemporaryFolder()
        let path = try golden.extract(into: folder)
        let pack = ContentPackReader().read(path: path)
        let facts = try #require(
            (SharedFiles.json(SharedFiles.samples + "/content/golden-facts.json") as? [String: Any])?[golden.key]
                as? [String: Any])
        #expect(pack.diagnostics.filter { $0.severity == .error }.isEmpty)
        try compareIdentity(pack, facts)
        let files = try #require(facts["files"] as? [[String: Any]])
        #expect(pack.flows.count + pack.items.count == files.count)
        for file in files {
            // The facts are of these very bytes.
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path + "/" + (file["path"] as? String ?? "")))
            #expect(bytes.count == file["bytes"] as? Int)
            try compareFile(pack, file)
        }
        try compareTotals(pack, facts)
    }

    @Test(
        .enabled(if: GoldenPackTests.areHere, "needs ../shared/samples and the four repositories in ../.mirror"),
        arguments: all)
    func gatesARealProjectAndTakesTheGateOutByteForByte(golden: Golden) throws {
        let folder = try TemporaryFolder()
        let root = try golden.extract(into: folder)
        let pack = ContentPackReader().read(path: root)
        var gatedCount = 0
        for flow in pack.flows where flow.kind == .flow {
            let place = "\(root)/\(flow.path)"
            let original = Array(try Data(contentsOf: URL(fileURLWithPath: place)))
            for isCalled in [false, true] {
                let outcome = FlowGating().gate(original, path: flow.path, file: place) {
                    .proposed(for: $0, isCalled: isCalled)
                }
                guard case .gated(let gated, _) = outcome else {
                    guard case .refused(let why) = outcome else {
                        Issue.record("\(place): \(outcome)")
                        continue
                    }
                    // An unfinished flow has no start; a called one may have no way to say that it was rejected.
                    #expect(why.code == (flow.startStep == nil ? "pack-gate-no-start" : "pack-gate-called"), "\(why)")
                    continue
                }
                gatedCount += 1
                #expect(FlowGating().ungate(gated, path: flow.path, file: place) == .restored(original))
                let graph = try #require(FlowDocumentReader().read(bytes: gated, path: flow.path, file: place).document)
                let proceed = graph.gateStep?.transitions.first { $0.response == "proceed" }
                #expect(proceed?.destination == flow.startStep)
            }
        }
        #expect(gatedCount > 0)
    }

    private func compareIdentity(_ pack: ContentPack, _ facts: [String: Any]) throws {
        let properties = try #require(facts["properties"] as? [String: String])
        #expect(pack.name == properties["content.pack.name"])
        #expect(pack.version == properties["content.pack.version"])
        #expect(pack.uuid == properties["content.pack.uuid"])
        #expect(pack.publisher == properties["content.pack.publisher"])
        #expect(pack.description == properties["content.pack.description"])
    }

    private func compareFile(_ pack: ContentPack, _ file: [String: Any]) throws {
        let path = try #require(file["path"] as? String)
        let root = try #require(file["root"] as? String)
        guard root == "flow" || root == "operation" else {
            let item = try #require(pack.items.first { $0.path == path })
            #expect([item.kind, item.id, item.name] == [root, file["id"] as? String, file["name"] as? String])
            return
        }
        let flow = try #require(pack.flows.first { $0.path == path })
        #expect(flow.kind.rawValue == root)
        #expect(flow.id == file["id"] as? String)
        #expect(flow.name == file["name"] as? String)
        if root == "operation" {
            #expect(flow.inputs.count == file["inputs"] as? Int)
            let responses = flow.responses.map { [$0.name, $0.type] }
            #expect(responses == file["responses"] as? [[String]])
            #expect(flow.references.map(\.id) == [file["opRef"] as? String].compactMap { $0 })
            #expect((flow.plugin != nil) == file["plugin"] as? Bool)
            #expect(flow.groupAlias == file["groupAlias"] as? String)
            return
        }
        let inputs = try #require(file["inputs"] as? [[String: Any]]).map { input in
            PackInput(
                name: input["name"] as? String ?? "", isRequired: input["required"] as? Bool ?? false,
                type: input["type"] as? String ?? "", binding: input["binding"] as? String ?? "")
        }
        #expect(flow.inputs.map(PackInput.init(withoutTexts:)) == inputs, "\(path)")
        let responses = try #require(file["responses"] as? [[String: String]]).map {
            PackResponse(name: $0["name"] ?? "", type: $0["type"] ?? "")
        }
        #expect(flow.responses == responses, "\(path)")
        #expect(flow.startStep == file["startStep"] as? String)
        let counts = flow.counts
        let expected = [
            "steps": counts.steps, "returnSteps": counts.returnSteps, "endBranchSteps": counts.endBranchSteps,
            "parallelMultiSteps": counts.parallelSteps, "multiInstanceSteps": counts.multiInstanceSteps,
            "transitions": counts.transitions, "assignments": counts.assignments, "callouts": counts.callouts,
            "scriptlets": counts.scriptlets, "opRefs": flow.references.map(\.count).reduce(0, +),
            "distinctOpRefs": flow.references.count,
            "opRefsInsidePack": flow.references.filter(\.isResolved).map(\.count).reduce(0, +),
        ]
        for (name, value) in expected { #expect(value == file[name] as? Int, "\(name) of \(path)") }
        #expect(!flow.isGated)
    }

    private func compareTotals(_ pack: ContentPack, _ facts: [String: Any]) throws {
        let flows = pack.flows.filter { $0.kind == .flow }
        let sum = { (count: KeyPath<PackPartCounts, Int>) in flows.map { $0.counts[keyPath: count] }.reduce(0, +) }
        let references = flows.flatMap(\.references)
        let expected = [
            "steps": sum(\.steps), "returnSteps": sum(\.returnSteps), "endBranchSteps": sum(\.endBranchSteps),
            "parallelMultiSteps": sum(\.parallelSteps), "multiInstanceSteps": sum(\.multiInstanceSteps),
            "transitions": sum(\.transitions), "assignments": sum(\.assignments), "scriptlets": sum(\.scriptlets),
            "opRefs": references.map(\.count).reduce(0, +),
            "opRefsInsidePack": references.filter(\.isResolved).map(\.count).reduce(0, +),
        ]
        #expect(expected == facts["totals"] as? [String: Int])
        #expect(Set(references.filter { !$0.isResolved }.map(\.id)).count == facts["distinctExternalOpRefs"] as? Int)
        var roots: [String: Int] = [:]
        for root in pack.flows.map(\.kind.rawValue) + pack.items.map(\.kind) { roots[root, default: 0] += 1 }
        #expect(roots == facts["roots"] as? [String: Int])
        var targets: [String: Int] = [:]
        let graph = PackGraph([pack])
        for reference in references {
            targets[graph[reference.id]?.flow.kind.rawValue ?? "external", default: 0] += reference.count
        }
        #expect(targets == facts["opRefTargets"] as? [String: Int])
        #expect((facts["duplicateIds"] as? [String])?.isEmpty == true)
        #expect(!pack.diagnostics.contains { $0.code == "pack-duplicate-id" })
    }
}

extension PackInput {
    /// The facts say nothing of texts.
    fileprivate init(withoutTexts input: PackInput) {
        self.init(name: input.name, isRequired: input.isRequired, type: input.type, binding: input.binding)
    }
}
