import SluiceContent
import SluiceModel
import Testing

/// Inputs and what steps hand on (oo-content-pack.md section 4.1).
@Suite struct FlowBindingReaderTests {
    private static let kinds = [
        "staticBinding", "userInputBinding", "identityBinding", "resultBinding", "loggedUserIdentityBinding",
        "contextBinding",
    ]

    private func inputs(_ text: String) throws -> [FlowBinding] {
        try FlowXML.graph(FlowXML.flow("<inputs>\(text)</inputs>")).inputs
    }

    @Test(arguments: kinds)
    func readsEveryKind(kind: String) throws {
        let text = """
            <\(kind) id="b-1"><annotation>f-1.b-1.description</annotation><prompt>f-1.b-1.prompt</prompt>
            <inputSymbol> host </inputSymbol><inputType>OBJECT</inputType><required>true</required>
            <isList>false</isList><listDelimiter>,</listDelimiter><isPersisted>true</isPersisted>
            <record>false</record><recordKey/><recordName/><isMultiSelect>false</isMultiSelect>
            <sourceDelimiter>,</sourceDelimiter><link><refId>l-1</refId><refName>Http Methods</refName></link>
            <identityAttribute>PASSWORD</identityAttribute><contextPath>c</contextPath>
            <dynPickListKey>list</dynPickListKey><validationFormat><refId>v-1</refId></validationFormat>
            <assignFromContext>true</assignFromContext><fromContextKey>Hosts/Git</fromContextKey>
            <assignToContext>true</assignToContext><toContextKey>kept</toContextKey></\(kind)>
            """
        let expected = FlowBinding(
            name: "host", kind: kind, type: "OBJECT", isRequired: true, fromVariable: "Hosts/Git", toVariable: "kept",
            line: 3)
        #expect(try inputs(text) == [expected])
        var inStep = expected
        inStep.line = 4
        #expect(try FlowXML.step("<step id=\"s\"><bindings>\(text)</bindings></step>").bindings == [inStep])
    }

    @Test(arguments: [
        ("<isList>true</isList><listDelimiter>;</listDelimiter>", ";"), ("<isList>true</isList>", ","),
        ("<listDelimiter>;</listDelimiter><isList> true </isList>", ";"),
        ("<isList>false</isList><listDelimiter>;</listDelimiter>", nil), ("<listDelimiter>;</listDelimiter>", nil),
    ])
    func knowsAListByItsFlag(text: String, delimiter: String?) throws {
        let input = try #require(try inputs("<staticBinding><inputSymbol>a</inputSymbol>\(text)</staticBinding>").first)
        #expect(input.listDelimiter == delimiter)
    }

    /// Flags, keys, and the variables that they name together.
    private static let variables: [(uses: String, key: String, variable: String?)] = [
        ("true", "<K>key</K>", "key"), ("false", "<K>key</K>", nil), ("", "<K>key</K>", nil),
        ("true", "", "own"), ("true", "<K/>", "own"), ("true", "<K> </K>", "own"), ("false", "", nil),
    ]

    @Test(arguments: variables)
    func takesAVariableOnlyWhereTheFlagSaysSo(uses: String, key: String, variable: String?) throws {
        for (flag, element, field) in [
            ("assignFromContext", "fromContextKey", \FlowBinding.fromVariable),
            ("assignToContext", "toContextKey", \FlowBinding.toVariable),
        ] {
            let keyElement = key.split(separator: "K", omittingEmptySubsequences: false).joined(separator: element)
            let parts = [
                uses.isEmpty ? "" : "<\(flag)>\(uses)</\(flag)>", keyElement, "<inputSymbol>own</inputSymbol>",
            ]
            for text in [parts.joined(), parts.reversed().joined()] {
                let input = try #require(try inputs("<userInputBinding>\(text)</userInputBinding>").first)
                #expect(input[keyPath: field] == variable, "\(text)")
            }
        }
    }

    /// Bindings of the input `x`, which is required.
    static let givenInputs: [(kind: String, inside: String, mustBeGiven: Bool, isTaken: Bool)] = {
        let own = "<assignFromContext>true</assignFromContext>"
        let other = own + "<fromContextKey>Hosts/Git</fromContextKey>"
        return [
            ("userInputBinding", "", true, true), ("userInputBinding", own, true, true),
            ("userInputBinding", own + "<fromContextKey>x</fromContextKey>", true, true),
            ("userInputBinding", "<value>1</value>", false, true), ("userInputBinding", "<value/>", true, true),
            ("userInputBinding", other, false, false),
            ("userInputBinding", "<fromContextKey>Hosts/Git</fromContextKey>", true, true),
            ("staticBinding", "<value>1</value>", false, false), ("staticBinding", "<value>${y}</value>", false, false),
            ("staticBinding", own + "<value>1</value>", false, true), ("staticBinding", own, true, true),
            ("staticBinding", other, false, false), ("staticBinding", "", false, false),
            ("identityBinding", "", false, false), ("identityBinding", own, false, true),
            ("loggedUserIdentityBinding", "", false, false), ("resultBinding", "", false, false),
            ("contextBinding", "", false, false),
        ]
    }()

    @Test(arguments: givenInputs.indices)
    func saysWhetherWhoeverStartsTheFlowMustGiveAnInput(index: Int) throws {
        let (kind, inside, mustBeGiven, isTaken) = Self.givenInputs[index]
        let input = """
            <\(kind)><inputSymbol>x</inputSymbol>\(inside)<isList>true</isList><listDelimiter>;</listDelimiter>
            <required>true</required></\(kind)>
            """
        let folder = try TemporaryFolder()
        try folder.write(FlowXML.flow("<inputs>\(input)</inputs>"), to: "Content/Library/x.xml")
        let read = try #require(ContentPackReader().read(path: folder.path).flows.first?.inputs.first)
        #expect(read.mustBeGiven == mustBeGiven && read.takesGivenValue == isTaken, "\(read)")
        #expect(read.listDelimiter == ";" && read.isRequired)
    }

    @Test func doesNotTakeOneBindingsVariablesForAnothers() throws {
        let all = try inputs(
            """
            <staticBinding><assignFromContext>true</assignFromContext><fromContextKey>k</fromContextKey>
            <inputSymbol>a</inputSymbol><value>v</value><required>true</required></staticBinding>
            <staticBinding><inputSymbol>b</inputSymbol></staticBinding>
            """)
        #expect(all.map(\.fromVariable) == ["k", nil])
        #expect(all.map(\.value?.exposed) == ["v", nil] && all.map(\.isRequired) == [true, false])
    }

    @Test func keepsAValueAsItIs() throws {
        let all = try inputs(
            """
            <staticBinding><value>  two\n lines &amp; <![CDATA[<x/>]]> </value>
            <inputSymbol>a</inputSymbol></staticBinding>
            <staticBinding><inputSymbol>b</inputSymbol><value/></staticBinding>
            <staticBinding><inputSymbol>c</inputSymbol><value>{OBFUSCATED}YWJj</value></staticBinding>
            <staticBinding><inputSymbol>d</inputSymbol></staticBinding>
            """)
        #expect(all[0].value?.exposed == "  two\n lines & <x/> ")
        #expect(all[1].value?.exposed == "" && all[3].value == nil)
        #expect(all.map { $0.value?.isObfuscated ?? false } == [false, false, true, false])
    }

    @Test(arguments: [64 << 10, (64 << 10) + 1, 1 << 20])
    func keepsALongValue(byteCount: Int) throws {
        let value = String(repeating: "0123456789abcde\n", count: byteCount / 16) + "x"
        let step = try FlowXML.step(
            """
            <step id="s"><bindings><staticBinding><inputSymbol>file</inputSymbol><value>\(value)</value>
            </staticBinding></bindings></step>
            """)
        #expect(step.bindings.first?.value?.exposed == value)
    }

    @Test func neverPrintsAValue() throws {
        let secret = "pa55-word-y"
        let text = FlowXML.flow(
            """
            <inputs><staticBinding id="b"><inputSymbol>p</inputSymbol><inputType>ENCRYPTED</inputType>
            <value>\(secret)</value></staticBinding></inputs><oddity/>
            <steps><step id="s"><bindings><staticBinding id="b2"><inputSymbol>q</inputSymbol><value>\(secret)</value>
            </staticBinding></bindings><scriptlet><script>\(secret)</script></scriptlet></step></steps>
            """)
        let result = FlowXML.read(text)
        let graph = try #require(result.document)
        #expect(graph.inputs.first?.value?.exposed == secret && graph.inputs.first?.isSecret == true)
        var dumped = ""
        dump(graph, to: &dumped)
        dump(graph.inputs, to: &dumped)
        dump(graph.steps.first?.bindings.first?.value, to: &dumped)
        var printed = ["\(graph)", String(reflecting: graph), String(describing: graph.inputs), dumped]
        printed += result.diagnostics.map { "\($0)" }
        // Broken right after the value, and with the value where nothing expects it.
        for broken in [
            String(text.prefix(text.count - 60)), text.replacing("</value>", with: "</wrong>"),
            text.replacing("<oddity/>", with: "<value>\(secret)</value><x\(secret.dropFirst(20))/>&undefined;"),
        ] {
            let wrong = FlowXML.read(broken)
            #expect(wrong.document == nil && !wrong.diagnostics.isEmpty)
            printed += wrong.diagnostics.map { "\($0)" }
        }
        for text in printed { #expect(!text.contains(secret)) }
    }

    @Test func passesOverABindingWhereNoneBelongs() throws {
        let graph = try FlowXML.graph(
            FlowXML.flow(
                """
                <staticBinding><inputSymbol>stray</inputSymbol></staticBinding>
                <inputs><staticBinding><inputSymbol>a</inputSymbol><link><staticBinding><inputSymbol>inner</inputSymbol>
                </staticBinding></link><value>kept</value></staticBinding></inputs>
                """))
        #expect(graph.inputs.map(\.name) == ["a"] && graph.inputs.first?.value?.exposed == "kept")
    }
}
