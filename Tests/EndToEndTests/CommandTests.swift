import Foundation
import Testing

@Suite("The commands check, explain, schema and steps")
struct CommandTests {
    let folder = try! Folder()

    @Test func versionAndHelp() throws {
        let version = try Program.svertka.run("--version", in: folder)
        #expect(version.status == 0)
        #expect(version.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
        let help = try Program.svertka.run("--help", in: folder)
        #expect(help.status == 0 && help.output.contains("run") && help.errors.isEmpty)
    }

    /// The commands in `--help`, with those inside them.
    private func commands() throws -> [[String]] {
        let dump = try Program.svertka.run("--experimental-dump-help", in: folder).output
        let root = try JSONSerialization.jsonObject(with: Data(dump.utf8)) as? [String: Any]
        func inner(_ command: [String: Any], _ path: [String]) -> [[String]] {
            let commands = command["subcommands"] as? [[String: Any]] ?? []
            if commands.isEmpty { return [path] }
            return commands.filter { $0["shouldDisplay"] as? Bool == true && $0["commandName"] as? String != "help" }
                .flatMap { inner($0, path + [$0["commandName"] as! String]) }
        }
        return inner(try #require(root?["command"] as? [String: Any]), [])
    }

    @Test func everyCommandShowsAnExampleAndStandsInTheManual() throws {
        let manual = try Program.svertka.run("reference", "manual", in: folder).output
        let commands = try commands()
        #expect(commands.count >= 17)
        for command in commands {
            let arguments = (command + ["--help"]).map { Array($0.utf8) }
            let help = try Program.svertka.start(arguments, in: folder).wait().output
            let example = "svertka \(command.joined(separator: " "))"
            #expect(help.components(separatedBy: "USAGE:")[0].contains(example), "\(example)")
            #expect(manual.contains("\n.SS \(example)"), "\(example)")
        }
        #expect(manual.hasPrefix(".TH SVERTKA 1") && manual.contains("NO_COLOR"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreWritten(_ shell: String) throws {
        let result = try Program.svertka.run("--generate-completion-script", shell, in: folder)
        #expect(result.status == 0)
        for word in ["preview", "diff", "explain", "convolve"] {
            #expect(result.output.contains(word), "\(word)")
        }
    }

    @Test(arguments: [
        ["frobnicate"], ["run"], ["run", "pipeline.json"], ["run", "pipeline.json", "a.png"],
        ["run", "pipeline.json", "a.png", "--output", "out", "--jobs", "0"],
        ["run", "pipeline.json", "a.png", "--output", "out", "--shard", "4/4"],
        ["explain", "pipeline.json", "--size", "4000"], ["schema", "picture"], ["steps", "convolv"],
    ])
    func wrongUsageEndsWith64(_ arguments: [String]) throws {
        let result = try Program.svertka.start(arguments.map { Array($0.utf8) }, in: folder).wait()
        #expect(result.status == 64)
        #expect(!result.errors.isEmpty && result.output.isEmpty)
    }

    @Test func rightPipelinesAndConfigurationsPass() throws {
        let result = try Program.svertka.run(
            "check", Checkout.pipeline("edges"), Checkout.path + "/Config/local.json", in: folder)
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test func everyFaultIsToldByLineAndColumn() throws {
        try folder.write(
            "wrong.json",
            """
            {
              "version": 1,
              "steps": [
                { "op": "decode" },
                { "op": "convolv", "kernel": "edges" },
                { "op": "convolve", "kernel": "edges", "devisor": 2 },
                { "op": "encode", "format": "jpeg", "quality": 101 }
              ]
            }
            """)
        let result = try Program.svertka.run("check", "wrong.json", in: folder)
        #expect(result.status == 2)
        #expect(result.output.isEmpty, "faults are messages, not data")
        for place in ["wrong.json:5:13", "wrong.json:6:44", "wrong.json:7:52"] {
            #expect(result.errors.contains(place + ":"), "\(place) in\n\(result.errors)")
        }
        #expect(result.errors.contains(#"did you mean "convolve"?"#))
        #expect(result.errors.contains("divisor"))

        let json = try Program.svertka.run("check", "--format", "json", "wrong.json", in: folder)
        #expect(json.status == 2)
        #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [Any])
        let sarif = try Program.svertka.run("check", "--format", "sarif", "wrong.json", in: folder)
        let log = try JSONSerialization.jsonObject(with: Data(sarif.output.utf8)) as? [String: Any]
        #expect(log?["version"] as? String == "2.1.0")
    }

    @Test func aMissingFileIsTold() throws {
        let result = try Program.svertka.run("check", "nowhere.json", in: folder)
        #expect(result.status == 2 && result.errors.contains("nowhere.json"))
    }

    @Test func anOutputInsideTheInputIsUnsafe() throws {
        try folder.write("pipeline.json", #"{ "version": 1, "steps": [{ "op": "decode" }, { "op": "encode" }] }"#)
        try folder.write(
            "unsafe.json",
            #"{ "state": "state", "folders": [{ "root": ".", "out": "in/out", "pipeline": "pipeline.json" }] }"#)
        let result = try Program.svertka.run("check", "unsafe.json", in: folder)
        #expect(result.status == 9)
        #expect(result.errors.contains("unsafe.json:1:33:"))
    }

    @Test func explainShowsThePlan() throws {
        let result = try Program.svertka.run(
            "explain", Checkout.pipeline("sobel-magnitude"), "--size", "4000x3000", in: folder)
        #expect(result.status == 0, "\(result.errors)")
        for text in ["sobel-magnitude", "4000×3000", "step 3 (convolve)", "memory"] {
            #expect(result.output.contains(text), "\(text) in\n\(result.output)")
        }
        try folder.write("photo.jpg", Pictures.jpeg)
        let forPicture = try Program.svertka.run(
            "explain", Checkout.pipeline("edges"), "--image", "photo.jpg", in: folder)
        #expect(forPicture.status == 0 && forPicture.output.contains("96×64"))
    }

    @Test func explainRefusesAWrongPipeline() throws {
        try folder.write("wrong.json", #"{ "version": 1, "steps": [{ "op": "decode" }] }"#)
        let result = try Program.svertka.run("explain", "wrong.json", in: folder)
        #expect(result.status == 2 && result.output.isEmpty)
        #expect(result.errors.contains("wrong.json:1:"))
    }

    @Test(arguments: ["pipeline", "config", "model"])
    func schemasAreJSON(_ kind: String) throws {
        let result = try Program.svertka.run("schema", kind, in: folder)
        let schema = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        #expect(schema?["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
    }

    @Test func stepsAreListedAndExplained() throws {
        let list = try Program.svertka.run("steps", in: folder)
        #expect(list.status == 0)
        #expect(list.output.split(separator: "\n").contains { $0.hasPrefix("convolve ") })
        let one = try Program.svertka.run("steps", "convolve", "crop", in: folder)
        #expect(one.output.contains("divisor") && one.output.contains("gravity"))
    }
}
