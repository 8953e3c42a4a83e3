import Hummingbird

/// Sends what is below Central's root to the facade, and everything else to the router.
struct FrontResponder<Routes: HTTPResponder<SluiceRequestContext>>: HTTPResponder {
    let facade: Facade?
    let routes: Routes

    func respond(to request: Request, context: SluiceRequestContext) async throws -> Response {
        if let response = await facade?.answer(request, context) { return response }
        return try await routes.respond(to: request, context: context)
    }
}
