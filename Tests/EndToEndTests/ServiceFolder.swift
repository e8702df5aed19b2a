import Foundation
import Testing

/// A folder with a configuration and the four folders of the service.
struct ServiceFolder {
    let folder: Folder

    init(pipeline: String = "edges", settle: String = "1s", more: String = "") throws {
        folder = try Folder()
        for name in ["in", "out", "done", "failed"] { try folder.makeFolder(name) }
        try folder.write(
            "service.json",
            """
            {
              "state": "state",
              "folders": [
                { "root": ".", "pipeline": "\(Checkout.pipeline(pipeline))", "settle": "\(settle)"\(more) }
              ]
            }
            """)
    }

    func serve() throws -> RunningProgram {
        try Program.svertka.start(["serve", "--config", "service.json"].map { Array($0.utf8) }, in: folder)
    }

    func once() throws -> Program.Result { try Program.svertka.run("once", "--config", "service.json", in: folder) }

    /// Waits until so many results are out.
    func waitForResults(_ count: Int, of program: RunningProgram, at location: SourceLocation = #_sourceLocation) {
        let came = until { folder.files(in: "out").count >= count || !program.isRunning }
        #expect(
            came && folder.files(in: "out").count >= count,
            "\(folder.files(in: "out").count) of \(count) results\n\(program.errors)", sourceLocation: location)
    }

    /// Ends the service as systemd does; it has to end with 0.
    func stop(_ program: RunningProgram, at location: SourceLocation = #_sourceLocation) throws {
        program.signal(SIGTERM)
        let result = try program.wait(seconds: 30, at: location)
        #expect(result.status == 0, "\(result.errors)", sourceLocation: location)
    }
}
