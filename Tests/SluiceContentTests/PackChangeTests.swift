import SluiceContent
import SluiceModel
import Testing

/// One row for each kind of change that a pack can have.
@Suite struct PackChangeTests {
    typealias Fixtures = DifferenceFixtures

    struct Change: CustomTestStringConvertible, Sendable {
        var path = DifferenceFixtures.flowPath
        var from: String
        var to: String
        var sentences: [String]
        var testDescription: String { "\(path): \(from) → \(to)" }

        init(_ from: String, _ to: String, in path: String = DifferenceFixtures.flowPath, _ sentences: String...) {
            self.path = path
            self.from = from
            self.to = to
            self.sentences = sentences
        }
    }

    static let heads = [
        Change("<name>Nightly<", "<name>Daily<", "is named Daily, was Nightly"),
        Change("flowWork(1)", "flowWork(2)", "has another scriptlet"),
        Change("<type>RHINO<", "<type>NASHORN<", "has a scriptlet of another type"),
        Change("<checkPointFlow>true<", "<checkPointFlow>false<", "differs in `checkPointFlow`"),
        Change("=Old text", "=New text", "has other texts"),
        Change("<startSteps>a<", "<startSteps>b<", "starts with “RESOLVED : success”, was “Ask”"),
        Change("<category>a<", "<category>b<", "differs in `categories/category`"),
        Change("<text>key<", "<text>other<", "callout has another text"),
        Change("<callouts>", "<unheard>1</unheard><callouts>", "differs in `unheard`"),
        Change("<scriptlet id=\"x1\">", "<scriptlet id=\"x9\">", "has another id"),
        Change("<flow id", "<flow a=\"b\" id", "differs in its attribute `a`"),
    ]

    static let inputs = [
        Change("<isList>true<", "<isList>false<", "input “host” is no list any more"),
        Change("<listDelimiter>,<", "<listDelimiter>;<", "input “host” has another delimiter"),
        Change("<listDelimiter>,<", "<listDelimiter> <", "input “host” has another delimiter"),
        Change("<record>false<", "<record>true<", "input “host” is recorded now"),
        Change("<prompt>ask<", "<prompt>other<", "input “host” differs in `prompt`"),
        Change("<required>false<", "<required>true<", "input “host” is required now"),
        Change("<fromContextKey>host<", "<fromContextKey>other<", "input “host” uses another variable"),
        Change("<value>hunter2<", "<value>swordfish<", "input “password” has another value"),
        Change(">ENCRYPTED<", ">STRING<", "input “password” has type STRING, was ENCRYPTED"),
        Change("id=\"b2\"", "id=\"b9\"", "input “password” has another id"),
        Change(
            "<isDefault>true<", "<isDefault>false<", "response “success” is no longer the default"),
        Change(
            "<onFailure>true<", "<onFailure>false<", "response “failure” is no longer the one for failures"),
        Change("<type>ERROR<", "<type>DIAGNOSED<", "response “failure” ends as DIAGNOSED, was ERROR"),
        Change(
            "<type>ERROR</type><matchRules/>", "<type>ERROR</type><matchRules><a/></matchRules>",
            "response “failure” has other match rules"),
        Change(">returnResult<", ">other<", "output “answer” is taken from elsewhere"),
        Change("<filters/>", "<filters><aFilter id=\"1\"/></filters>", "output “answer” filter “aFilter” is new"),
    ]

    static let steps = [
        Change("<name>Ask<", "<name>Beg<", "step “Beg” was Ask"),
        Change("doWork(\"a\")", "wipe()", "step “Ask” has another scriptlet"),
        Change("doWork(\"a\");", "", "step “Ask” has no scriptlet any more"),
        Change("<isCriticalStep>false<", "<isCriticalStep>true<", "step “Ask” is critical now"),
        Change("<isNonBlocking>false<", "<isNonBlocking>true<", "step “Ask” is non-blocking now"),
        Change("<checkPointStep>true<", "<checkPointStep>false<", "step “Ask” is no longer a checkpoint"),
        Change("<recordInHistory>false<", "<recordInHistory>true<", "step “Ask” differs in `recordInHistory`"),
        Change("<userPrompt>hunter2<", "<userPrompt>swordfish<", "step “Ask” differs in `userPrompt`"),
        Change("<throttleSize>0<", "<throttleSize>5<", "step “Ask” has another throttle"),
        Change("<annotation>y<", "<annotation>z<", "step “Ask” differs in `annotation`"),
        Change(
            "<stringValue>hunter2<", "<stringValue>swordfish<", "step “Ask” property “Title” has another value"),
        Change("<refId>o-1<", "<refId>o-2<", "step “Ask” calls o-2, was o-1"),
        Change(
            "<returnStepType>ERROR<", "<returnStepType>DIAGNOSED<",
            "step “ERROR : failure” returns DIAGNOSED, was ERROR"),
        Change(
            "<shouldHandoff>false<", "<shouldHandoff>true<",
            "step “Ask” transition “success” hands the run over now"),
        Change(
            "<transitionValue>0.0<", "<transitionValue>1.0<",
            "step “Ask” transition “success” has another ROI value"),
        Change("<name>done<", "<name>ready<", "step “Ask” transition “success” has another label"),
        Change("<command>NEXT<", "<command>LAST<", "step “Ask” transition “success” differs in `command`"),
        Change(
            "<destination><refId>b<", "<destination><refId>c<",
            "step “Ask” transition “success” leads to “ERROR : failure”, was “RESOLVED : success”"),
        Change("OVERWRITE", "APPEND", "step “Ask” result “out” is kept in another way"),
        Change(
            "<fieldName>returnResult</fieldName><sourceType>RAWRESULT</sourceType>\n      <filters><strip",
            "<fieldName>other</fieldName><sourceType>RAWRESULT</sourceType>\n      <filters><strip",
            "step “Ask” result “out” is taken from elsewhere"),
        Change(
            "<stripTrailing>3<", "<stripTrailing>4<",
            "step “Ask” result “out” filter “stripTrailingFilter” has other settings"),
        Change(
            "<searchString> <", "<searchString>  <",
            "step “Ask” result “out” filter “replaceFilter” has other settings"),
        Change(
            "</flowVariableAssignment>", "<encrypted>true</encrypted></flowVariableAssignment>",
            "step “Ask” result “out” differs in `encrypted`"),
        Change("<isSingleResponse>false<", "<isSingleResponse>true<", "step “Ask” goes on whatever it is answered"),
    ]

    static let others = [
        Change("EXACT_MATCH", "ALWAYS_MATCH", in: Fixtures.operationPath, "response “success” has other match rules"),
        Change("<version>1<", "<version>2<", in: Fixtures.operationPath, "does its work by another action"),
        Change("${group}", "${other}", in: Fixtures.operationPath, "differs in `overrideGroupAlias`"),
        Change(
            "hunter2", "swordfish", in: Fixtures.propertyPath,
            "systemProperty \(Fixtures.propertyPath) has another value"),
        Change("Token<", "Key<", in: Fixtures.propertyPath, "systemProperty \(Fixtures.propertyPath) has another name"),
        Change("hunter2", "swordfish", in: Fixtures.accountPath, "identity \(Fixtures.accountPath) differs in `token`"),
        Change("root", "admin", in: Fixtures.accountPath, "identity \(Fixtures.accountPath) differs in `userName`"),
        Change("=Us", "=Them", in: "contentpack.properties", "publisher is Them, was Us"),
        Change("1.2.3", "1.2.4", in: "contentpack.properties", "version is 1.2.4, was 1.2.3"),
        Change("Own Pack", "My Pack", in: "contentpack.properties", "name is My Pack, was Own Pack"),
        Change("=Old", "=New", in: "contentpack.properties", "has another description"),
        Change(
            "hunter2", "swordfish", in: "contentpack.properties",
            "contentpack.properties: property “own.key” differs"),
        Change("[1,)", "[2,)", in: "pom.xml", "needs Base [1,) no more", "needs Base [2,)"),
        Change("1.2.3", "1.2.4", in: "pom.xml", "pom.xml: differs in `version`"),
        Change("Asks", "Begs", in: Fixtures.textsPath, "texts \(Fixtures.textsPath): text “f-1.a.description” differs"),
        Change(
            "Folder", "Other", in: "Content/Library/Own.properties",
            "texts Content/Library/Own.properties: text “Library\\Own.description” differs"),
        Change("jar", "rar", in: "Lib/own/own/1/own-1.jar", "library Lib/own/own/1/own-1.jar differs"),
        Change("Hello", "Bye", in: "readme.txt", "file readme.txt differs"),
        Change("signed", "sealed", in: "META-INF/OWN.RSA", "signature META-INF/OWN.RSA differs"),
    ]

    static let slang = [
        Change(
            "'result': 1", "'result': 2", in: Fixtures.slangOperationPath,
            "has another script"),
        Change("env python", "env python2", in: Fixtures.slangOperationPath, "has another script"),
        Change(
            "use_jython: false", "use_jython: true", in: Fixtures.slangOperationPath,
            "differs in `python_action/use_jython`"),
        Change("== '1'", "== '2'", in: Fixtures.slangOperationPath, "response “SUCCESS” holds on another condition"),
        Change(
            "- result\n", "- result: ${x}\n", in: Fixtures.slangOperationPath,
            "output “result” is taken from elsewhere"),
        Change("item in list", "item in others", in: Fixtures.slangPath, "step “ask” loops over other things"),
        Change("[FAILURE]", "[]", in: Fixtures.slangPath, "step “ask” loops over other things"),
        Change(
            "command: 'hunter2'", "command: 'x'", in: Fixtures.slangPath,
            "step “ask” input “command” has another value"),
        Change(
            "answer: ${result}", "answer: ${other}", in: Fixtures.slangPath,
            "step “ask” result “answer” is taken from elsewhere"),
        Change(
            "SUCCESS: tell", "SUCCESS: SUCCESS", in: Fixtures.slangPath,
            "step “ask” transition “SUCCESS” leads to SUCCESS, was “tell”"),
        Change("'one'", "'two'", in: Fixtures.slangPath, "step “tell” differs in `worker_group`"),
        Change("base.tell", "base.say", in: Fixtures.slangPath, "step “tell” calls io.base.say, was io.base.tell"),
        Change("base.mail", "base.fax", in: Fixtures.slangPath, "step “mail” calls io.base.fax, was io.base.mail"),
        Change(
            "answer: ${answer}", "answer: ${other}", in: Fixtures.slangPath,
            "output “answer” is taken from elsewhere"),
        Change("default: 'hunter2'", "default: 'x'", in: Fixtures.slangPath, "input “password” has another value"),
        Change(
            "sensitive: true", "sensitive: false", in: Fixtures.slangPath,
            "input “password” has type string, was sensitive"),
        Change(
            "- host\n", "- host: {required: false}\n", in: Fixtures.slangPath,
            "input “host” is not required any more"),
        Change(
            "- host\n", "- host: {prompt: {type: text}}\n", in: Fixtures.slangPath,
            "input “host” differs in `prompt`"),
        Change("Old text", "New text", in: Fixtures.slangPath, "has other texts"),
        Change(
            "http://old", "http://new", in: Fixtures.slangPropertyPath,
            "cloudslang-properties \(Fixtures.slangPropertyPath) property “url” has another value"),
        Change(
            "hunter2", "swordfish", in: Fixtures.slangPropertyPath,
            "cloudslang-properties \(Fixtures.slangPropertyPath) property “token” has another value"),
    ]

    @Test(arguments: heads + inputs + steps + others + slang)
    func saysWhereAPackDiffers(change: Change) throws {
        let difference = try Fixtures.difference(in: change.path, [(change.from, change.to)])
        #expect(difference.sentences == change.sentences)
        #expect(difference.verdict == .differs && difference.layoutSentences.isEmpty)
        let shown = difference.text + difference.json + "\(difference)"
        #expect(!shown.contains("hunter2") && !shown.contains("swordfish"))
    }

    static let layouts = [
        Change("<x>1.0</x><y>", "<x>7.0</x><y>", "on the canvas: step “Ask”"),
        Change("<layer>-1</layer>\n  <hide", "<layer>3</layer>\n  <hide", "on the canvas: step “Ask”"),
        Change("<hideInbound>false<", "<hideInbound>true<", "on the canvas: step “Ask”"),
        Change("<x>5.0<", "<x>6.0<", "on the canvas: step “Ask” transition “success”"),
        Change("<x>1.0</x></bounds>", "<x>2.0</x></bounds>", "on the canvas: callout"),
        Change("a.png", "b.png", "on the canvas: the whole document"),
        Change("{x: 1,", "{x: 5,", in: Fixtures.slangPath, "on the canvas: the whole document"),
        Change(
            "<annotation>f-1.description</annotation><name>Nightly</name>",
            "<name>Nightly</name>\n<!-- a --><annotation>f-1.description</annotation>", Fixtures.otherLayout),
        Change("<matchRules/>", "<matchRules>\n</matchRules>", Fixtures.otherLayout),
        Change("<![CDATA[f-1.description=Old text]]>", "f-1.description=Old text", Fixtures.otherLayout),
        Change("flowWork(1);", "<![CDATA[flow]]>&#87;ork(1);", Fixtures.otherLayout),
        Change("imports:", "# a comment\nimports:", in: Fixtures.slangPath, Fixtures.otherLayout),
        Change("'one'", "\"one\"", in: Fixtures.slangPath, Fixtures.otherLayout),
        Change(
            "<annotation/>", "<annotation></annotation>", in: Fixtures.propertyPath,
            "systemProperty \(Fixtures.propertyPath): \(Fixtures.otherLayout)"),
        Change(
            "own.key=", "# now\nown.key =", in: "contentpack.properties",
            "contentpack.properties: \(Fixtures.otherLayout)"),
        Change("<project>", "<project> ", in: "pom.xml", "pom.xml: \(Fixtures.otherLayout)"),
    ]

    @Test(arguments: layouts)
    func saysThatOnlyTheLayoutDiffers(change: Change) throws {
        let difference = try Fixtures.difference(in: change.path, [(change.from, change.to)])
        #expect(difference.sentences.isEmpty && difference.layoutSentences == change.sentences)
        #expect(difference.verdict == .layoutOnly && difference.text.contains("layout only: nothing works differently"))
    }
}
