import Foundation
import Specification
import PipelineTestSupport
import Testing

@Suite("Every recipe of the cookbook is right, runs, and stands on the page as it is")
struct CookbookTests {
    static let folder = URL(filePath: Shipped.folder).deletingLastPathComponent().appending(path: "docs").path

    static let recipes: [String] = try! FileManager.default.contentsOfDirectory(atPath: folder + "/cookbook").sorted()

    @Test func thereAreTwenty() {
        #expect(Self.recipes.count >= 20)
    }

    /// The page is written by `scripts/draw-cookbook`.
    @Test(arguments: recipes)
    func runs(_ recipe: String) throws {
        let text = try String(contentsOfFile: "\(Self.folder)/cookbook/\(recipe)", encoding: .utf8)
        let (pipeline, diagnostics) = Shipped.read(SourceText(file: recipe, text: text))
        #expect(diagnostics.isEmpty, "\(diagnostics.render())")
        let outputs = try Outputs(of: try #require(pipeline), on: Picture.random(640, 400, .rgb))
        #expect(!outputs.names.isEmpty)

        let page = try String(contentsOfFile: Self.folder + "/cookbook.md", encoding: .utf8)
        #expect(page.contains("```json\n\(text)```\n"), "run scripts/draw-cookbook")
        let picture = "images/cookbook/\(recipe.dropLast(5)).jpg"
        #expect(page.contains("](\(picture))"), "run scripts/draw-cookbook")
        let size = try FileManager.default.attributesOfItem(atPath: "\(Self.folder)/\(picture)")[.size] as? Int
        #expect(try #require(size) < 50_000)
    }
}
