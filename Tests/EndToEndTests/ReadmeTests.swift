import Foundation
import Testing

@Suite("Every command in the README runs as it is written")
struct ReadmeTests {
    /// The shell blocks, without those that build, install or need an administrator.
    static let blocks = try! blocks(of: "README.md")

    static func blocks(of page: String) throws -> [String] {
        let text = try String(contentsOfFile: Checkout.path + "/" + page, encoding: .utf8)
        return text.components(separatedBy: "```sh\n").dropFirst().map { $0.components(separatedBy: "\n```")[0] }
    }

    @Test func theFirstScreenShowsHowToRunAndTest() throws {
        let text = try String(contentsOfFile: Checkout.path + "/README.md", encoding: .utf8)
        let firstScreen = text.split(separator: "\n", omittingEmptySubsequences: false).prefix(25)
        #expect(firstScreen.contains { $0.hasPrefix("make run ") })
        #expect(firstScreen.contains { $0.hasPrefix("make test ") })
    }

    /// In a folder with what a checkout has, one block after the other, as a reader would type them.
    @Test func theCommandsRun() throws {
        let folder = try Folder()
        for name in ["Pipelines", "Config", "docs"] {
            try FileManager.default.copyItem(
                atPath: "\(Checkout.path)/\(name)", toPath: "\(folder.path)/\(name)")
        }
        let runnable = Self.blocks.filter { !$0.contains("make ") && !$0.contains("sudo") && !$0.contains("export") }
        #expect(runnable.count >= 4 && runnable.joined().contains("svertka run"))
        let programs = URL(filePath: Program.svertka.path).deletingLastPathComponent().path
        let path = programs + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        for block in runnable {
            let result = try Program(path: "/bin/sh").run(
                "-euc", block, in: folder, environment: ["PATH": path])
            #expect(result.status == 0, "\(block)\n\(result.errors)")
        }
        #expect(folder.exists("out/sample.png") && folder.exists("thumbnails/sample.thumb.jpg"))
        #expect(folder.exists("local/out/sample.jpg") && folder.exists("local/done/sample.jpg"))
    }

    /// The tutorial, typed as it stands.
    @Test func theTutorialRuns() throws {
        let folder = try Folder()
        for name in ["Pipelines", "docs"] {
            try FileManager.default.copyItem(
                atPath: "\(Checkout.path)/\(name)", toPath: "\(folder.path)/\(name)")
        }
        let programs = URL(filePath: Program.svertka.path).deletingLastPathComponent().path
        let path = programs + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        let blocks = try Self.blocks(of: "docs/tutorial.md")
        #expect(blocks.count >= 8)
        for block in blocks {
            let result = try Program(path: "/bin/sh").run(
                "-euc", block, in: folder, environment: ["PATH": path])
            #expect(result.status == 0, "\(block)\n\(result.errors)")
            if block.contains("wrong.json") {
                #expect(result.errors.contains(#"did you mean "gaussian"?"#) && result.errors.contains("850"))
            }
        }
        for file in [
            "out/sample.jpg", "soft/sample.jpg", "crisp/sample.jpg", "crisp.html", "album-crisp/summer/lake.jpg",
            "service/crisp/out/sample.jpg", "service/crisp/done/sample.jpg",
        ] { #expect(folder.exists(file), "\(file)") }
    }

    /// Links to files of the checkout lead somewhere.
    @Test(
        arguments: ["README.md", "CHANGELOG.md"]
            + ["steps", "configuration", "pictures", "cards", "cookbook", "tutorial", "operating", "troubleshooting"]
            .map { "docs/\($0).md" })
    func linksLeadSomewhere(_ page: String) throws {
        let url = URL(filePath: Checkout.path + "/" + page)
        let text = try String(contentsOf: url, encoding: .utf8)
        for link in text.matches(of: /\]\(([^)#]+)[^)]*\)/).map({ String($0.1) }) where !link.contains("://") {
            let target = url.deletingLastPathComponent().appending(path: link).path
            #expect(FileManager.default.fileExists(atPath: target), "\(link) in \(page)")
        }
    }
}
