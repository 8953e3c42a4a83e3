import Foundation
import SluiceContent
import SluiceModel
import Testing

/// Whole packs compared: none of their files is passed over.
@Suite struct PackComparisonTests {
    typealias Fixtures = DifferenceFixtures

    @Test func findsNothingBetweenTwoCopies() throws {
        let difference = try Fixtures.difference(Fixtures.files, Fixtures.files)
        #expect(difference == PackDifference.same(flowCount: 4), "\(difference)")
        #expect(difference.text == "no difference (flows: 4)\n" && difference.verdict == .same)
    }

    @Test(arguments: Fixtures.files.keys.sorted())
    func namesAFileThatOnlyOneHas(path: String) throws {
        var fewer = Fixtures.files
        fewer[path] = nil
        let gone = try Fixtures.difference(Fixtures.files, fewer)
        #expect(gone.verdict == .differs && gone.text.contains("gone"))
        let new = try Fixtures.difference(fewer, Fixtures.files)
        #expect(new.verdict == .differs && new.text.contains("new"))
        for text in [gone.text, new.text] { #expect(text.contains(path) && !text.contains(Fixtures.secret)) }
    }

    @Test func saysThatADocumentMoved() throws {
        var moved = Fixtures.files
        let property = "Content/Configuration/System Properties/Own/Token.xml"
        for (old, new) in [
            (Fixtures.flowPath, "Content/Library/New/Nightly.xml"), (Fixtures.propertyPath, property),
        ] {
            moved[new] = moved[old]
            moved[old] = nil
        }
        let difference = try Fixtures.difference(Fixtures.files, moved)
        #expect(
            difference.sentences == [
                "moved from \(Fixtures.flowPath)",
                "systemProperty \(property) moved from \(Fixtures.propertyPath)",
            ])
        #expect(difference.gone.isEmpty && difference.new.isEmpty)
    }

    @Test func comparesEachOfTwoFlowsOfOneID() throws {
        var old = Fixtures.files
        old["Content/Library/Own/Second.xml"] = Fixtures.flow
        var new = old
        new["Content/Library/Own/Second.xml"] = Fixtures.flow.replacing("flowWork(1)", with: "flowWork(2)")
        let difference = try Fixtures.difference(old, new)
        #expect(difference.sentences == ["has another scriptlet"])
        #expect(difference.changed.map(\.path) == ["Content/Library/Own/Second.xml"])
    }

    @Test func countsTheOrderWhereItMeansSomething() throws {
        let difference = try Fixtures.difference(
            in: Fixtures.flowPath,
            [
                ("id=\"b1\"", "id=\"bx\""), ("<inputSymbol>host<", "<inputSymbol>passwort<"),
                ("<inputSymbol>password<", "<inputSymbol>host<"), ("<inputSymbol>passwort<", "<inputSymbol>password<"),
            ])
        #expect(difference.sentences.contains("has its inputs in another order"))
        let filter = "<replaceFilter id=\"l2\"><name>r</name><searchString> </searchString></replaceFilter>"
        let filters = try Fixtures.difference(
            in: Fixtures.flowPath,
            [
                ("<filters><stripTrailingFilter", "<filters>\(filter)<stripTrailingFilter"),
                ("</stripTrailingFilter>\n        \(filter)", "</stripTrailingFilter>"),
            ])
        #expect(filters.sentences == ["step “Ask” result “out” has its filters in another order"])
    }

    @Test func doesNotCountLineEnds() throws {
        var windows = Fixtures.files
        for path in [Fixtures.flowPath, Fixtures.slangPath, Fixtures.slangOperationPath, Fixtures.textsPath] {
            windows[path] = windows[path]?.replacing("\n", with: "\r\n")
        }
        let difference = try Fixtures.difference(Fixtures.files, windows)
        #expect(difference.verdict == .layoutOnly && difference.sentences.isEmpty, "\(difference.text)")
        #expect(Set(difference.layoutSentences.map { $0.contains(Fixtures.otherLayout) }) == [true])
    }

    @Test func saysThatAFileDiffersWhichNobodyCanRead() throws {
        var broken = Fixtures.files
        broken[Fixtures.flowPath] = "<flow id=\"f-1\"><name>"
        let difference = try Fixtures.difference(Fixtures.files, broken)
        #expect(difference.hasErrors && difference.gone.isEmpty)
        #expect(difference.files == ["file \(Fixtures.flowPath) differs"])
        let same = try Fixtures.difference(broken, broken)
        #expect(same.verdict == .unknown && same.text.isEmpty)
    }

    @Test func givesNoVerdictWhenASideIsNoPack() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("no archive", to: "a.jar")
        for path in [folder.path + "/missing", file] {
            let difference = PackComparison().compare(from: path, to: path)
            #expect(!difference.isComparable && difference.hasErrors && difference.verdict == .unknown)
            #expect(difference.text.isEmpty)
        }
    }

    @Test func comparesAJarWithItsProject() throws {
        let folder = try TemporaryFolder()
        for (path, text) in Fixtures.files { try folder.write(text, to: "tree/" + path) }
        let entries = Fixtures.files.sorted { $0.key < $1.key }.map { TestZip.Entry($0.key, $0.value) }
        try folder.write(TestZip(entries).bytes, to: "a.jar")
        let difference = PackComparison().compare(from: folder.path + "/tree", to: folder.path + "/a.jar")
        #expect(difference.verdict == .same, "\(difference.text)")
    }

    @Test func refusesToTakeADocumentApartThatIsTooLarge() throws {
        let folder = try TemporaryFolder()
        let other = Fixtures.flow.replacing("flowWork(1)", with: "flowWork(2)")
        for (name, text) in [("a", Fixtures.flow), ("b", other)] {
            try folder.write(text, to: "\(name)/Content/Library/f.xml")
        }
        var limits = ContentLimits()
        limits.documentGraphPartCountMax = 40
        let difference = PackComparison(limits: limits).compare(from: folder.path + "/a", to: folder.path + "/b")
        #expect(difference.sentences == ["differs, and is too large or too wrong to say where"])
    }

    @Test func writesJSONOfOneShape() throws {
        let difference = try Fixtures.difference(
            in: Fixtures.flowPath, [("flowWork(1)", "x"), ("<x>1.0</x><y>", "<x>7.0</x><y>")])
        let object = try JSONSerialization.jsonObject(with: Data(difference.json.utf8)) as? [String: Any]
        #expect(object?["format"] as? Int == 1 && object?["verdict"] as? String == "differs")
        let flow = (object?["changed"] as? [[String: Any]])?.first
        #expect(flow?["changes"] as? [String] == ["has another scriptlet"])
        #expect(flow?["layout"] as? [String] == ["on the canvas: step “Ask”"])
    }
}

extension PackDifference {
    /// Two packs without any difference.
    static func same(flowCount: Int) -> PackDifference {
        var same = PackDifference()
        same.flowCount = flowCount
        return same
    }
}
