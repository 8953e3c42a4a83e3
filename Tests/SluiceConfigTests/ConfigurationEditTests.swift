import SluiceConfig
import Testing

@Suite struct ConfigurationEditTests {
    private static let file = """
        # Ours
        store:
          path: a.db   # here

        csa:
          url: http://csa:8444/csa
          username: svc     # the account
          passwordFile: ./p
          assignment: auto                    # how it is spelled
          # policyElement: approvalPolicy/id  # where it is
          fullPolicy: true
          staleLogin: "missing"   # or not

        # Central
        central: {dialect: v2}
        release:
          ceiling: 4
        """

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var settings: [(String, String)]
        /// Old and new lines; nil: the line is new.
        var changes: [(String?, String)]
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "a value is replaced, and its comment stays in its column",
            settings: [("csa.assignment", "4.90")],
            changes: [
                (
                    "  assignment: auto                    # how it is spelled",
                    "  assignment: \"4.90\"                  # how it is spelled"
                )
            ]),
        Case(
            name: "a key that a comment shows comes behind it", settings: [("csa.policyElement", "policy/id")],
            changes: [(nil, "  policyElement: policy/id")]),
        Case(
            name: "a key that is not there comes behind the last one", settings: [("csa.absentCountIsZero", "true")],
            changes: [(nil, "  absentCountIsZero: true")]),
        Case(
            name: "a value in quotes, and one without a comment",
            settings: [("csa.staleLogin", "unauthorized"), ("csa.fullPolicy", "false")],
            changes: [
                ("  fullPolicy: true", "  fullPolicy: false"),
                ("  staleLogin: \"missing\"   # or not", "  staleLogin: unauthorized  # or not"),
            ]),
        Case(name: "nothing, for it is so already", settings: [("csa.fullPolicy", "true")], changes: []),
        Case(
            name: "the last section", settings: [("release.ceiling", "9")],
            changes: [("  ceiling: 4", "  ceiling: 9")]),
    ]

    @Test("only the lines that it must change differ, comments stay", arguments: cases)
    func changesLines(example: Case) throws {
        let edit = try ConfigurationEdit(Self.file, setting: example.settings.map { ($0.0, $0.1) }, file: "f")
        #expect(edit.changes.map(\.old) == example.changes.map(\.0))
        #expect(edit.changes.map(\.new) == example.changes.map(\.1))
        // Taking the changes back gives the old file, so nothing else moved.
        var lines = edit.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for change in edit.changes.reversed() {
            #expect(lines[change.line - 1] == change.new)
            if let old = change.old { lines[change.line - 1] = old } else { lines.remove(at: change.line - 1) }
        }
        #expect(lines.joined(separator: "\n") == Self.file)
        let again = try ConfigurationEdit(edit.text, setting: example.settings.map { ($0.0, $0.1) }, file: "f")
        #expect(again.changes.isEmpty && again.text == edit.text)
    }

    @Test("a section that is not there is added at the end, to an empty file too")
    func addsSections() throws {
        let edit = try ConfigurationEdit(
            "log:\n  level: info\n", setting: [("csa.fullPolicy", "false"), ("csa.staleLogin", "unauthorized")],
            file: "f")
        #expect(edit.text == "log:\n  level: info\n\ncsa:\n  fullPolicy: false\n  staleLogin: unauthorized\n")
        #expect(edit.difference.first == "@@ line 3 @@" && edit.difference.last == "+  staleLogin: unauthorized")
        let fresh = try ConfigurationEdit("", setting: [("central.catchUp", "once")], file: "f")
        #expect(fresh.text == "central:\n  catchUp: once\n")
    }

    @Test("line ends of Windows, a section of comments alone, and a wider indent stay as they are")
    func keepsLayout() throws {
        let windows = try ConfigurationEdit(
            "csa:\r\n    staleLogin: missing\r\n", setting: [("csa.fullPolicy", "false")], file: "f")
        #expect(windows.text == "csa:\r\n    staleLogin: missing\r\n    fullPolicy: false\r\n")
        let bare = try ConfigurationEdit(
            "csa:\n  # fullPolicy: true\nlog:\n  level: info\n", setting: [("csa.fullPolicy", "false")], file: "f")
        #expect(bare.text == "csa:\n  # fullPolicy: true\n  fullPolicy: false\nlog:\n  level: info\n")
        let empty = try ConfigurationEdit(
            "csa:\n  staleLogin:   # none\n", setting: [("csa.staleLogin", "unauthorized")], file: "f")
        #expect(empty.text == "csa:\n  staleLogin:   unauthorized  # none\n")
    }

    @Test(
        "what cannot be told by its lines is refused, not guessed",
        arguments: [
            ("central: {dialect: v2}\n", "central.dialect", "v1", "not written one key a line"),
            ("csa:\n  staleLogin: &a missing\n", "csa.staleLogin", "unauthorized", "not plain"),
            ("csa:\n  staleLogin: |\n    missing\n", "csa.staleLogin", "unauthorized", "not plain"),
            ("log:\n  level: info\n...\n", "csa.staleLogin", "unauthorized", "several documents"),
            ("log:\n  level: info\n", "csa.stale", "x", "no key"),
            ("log:\n  level: info\n", "csa.staleLogin", "perhaps", "would be wrong"),
        ])
    func refuses(text: String, key: String, value: String, words: String) {
        #expect {
            _ = try ConfigurationEdit(text, setting: [(key, value)], file: "f")
        } throws: { "\($0)".contains(words) }
    }
}
