import SluiceCSA
import Testing

@Suite struct PolicyPathSearchTests {
    private static func offering(_ inner: String) -> String {
        "<ServiceOffering><id>90a</id><name>p1</name>\(inner)<category><id>90c</id></category></ServiceOffering>"
    }

    @Test(
        "the place of a policy's id is read out of offerings, in whatever shape",
        arguments: [
            ("<approvalPolicy><id>p1</id></approvalPolicy>", "approvalPolicy/id", 1),
            ("<approvalPolicy><objectId>p1</objectId><id>p1</id></approvalPolicy>", "approvalPolicy/id", 1),
            ("<policyId>p2</policyId>", "policyId", 1),
            (
                "<actions><a><name>ORDER</name><policy><id>p1</id></policy></a>"
                    + "<a><name>MODIFY</name><policy><id>p2</id></policy></a></actions>", "actions/a/policy/id", 2
            ),
            ("<x:approval xmlns:x=\"urn:x\"><x:id>p1</x:id></x:approval>", "approval/id", 1),
        ])
    func findsThePlace(inner: String, path: String, count: Int) {
        var search = PolicyPathSearch()
        // Its own name is a policy's id by accident, which one offering in three shows.
        search.look(at: Self.offering(inner), for: ["p1", "p2"])
        search.look(at: Self.offering(inner).replacing("<name>p1", with: "<name>n"), for: ["p1", "p2"])
        search.look(at: Self.offering(inner).replacing("<name>p1", with: "<name>n"), for: ["p1", "p2"])
        let best = search.candidates.first
        #expect(best?.path == path && best?.offeringCount == 3 && best?.idCountMax == count)
        #expect(search.offeringCount == 3 && search.tellingCount == 3)
    }

    @Test("offerings that show no policy, and what is no XML, give no place")
    func findsNone() {
        var search = PolicyPathSearch()
        search.look(at: Self.offering(""), for: ["p9"])
        search.look(at: "<html>", for: ["p9"])
        search.look(at: "", for: ["p9"])
        #expect(search.candidates.isEmpty && search.offeringCount == 1 && search.tellingCount == 0)
    }
}
