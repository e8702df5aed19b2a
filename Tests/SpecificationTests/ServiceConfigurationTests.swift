import Specification
import Testing

@Suite("The service is configured by one file")
struct ServiceConfigurationTests {
    static func read(
        _ text: String, path: String = "/etc/svertka/svertka.json"
    ) -> (configuration: ServiceConfiguration?, diagnostics: Diagnostics) {
        let source = SourceText(file: path, text: text)
        var diagnostics = Diagnostics(source: source)
        return (ServiceConfiguration.read(source, path: PathBytes(path), into: &diagnostics), diagnostics)
    }

    @Test func whatIsLeftOutHasItsDefault() throws {
        let (read, diagnostics) = Self.read(
            #"{ "state": "state", "folders": [{ "root": "/srv/p", "pipeline": "p/edges.json" }] }"#)
        let configuration = try #require(read, "\(diagnostics.render())")
        #expect(configuration.state == PathBytes("/etc/svertka/state"))
        #expect(configuration.workers == nil)
        #expect(configuration.memory == nil)
        let limits = configuration.limits
        #expect(limits.megapixels == 100 && limits.seconds == 120 && limits.scans == 100 && limits.chunks == 20_000)
        #expect(limits.fileBytes == 1 << 30 && limits.metadataBytes == 32 << 20 && limits.decodedBytes == nil)
        #expect(limits.side == 1 << 24 && limits.inflatedMetadataBytes == 8 << 20)
        #expect(configuration.limits == .default)
        #expect(configuration.history == .init(days: 90, files: 1_000_000))
        let folder = try #require(configuration.folders.first)
        #expect(folder.root == PathBytes("/srv/p"))
        #expect(folder.input == PathBytes("/srv/p/in"))
        #expect(folder.output == PathBytes("/srv/p/out"))
        #expect(folder.done == PathBytes("/srv/p/done"))
        #expect(folder.failed == PathBytes("/srv/p/failed"))
        #expect(folder.pipeline == PathBytes("/etc/svertka/p/edges.json"))
        #expect(folder.isRecursive)
        #expect(folder.originals == .move)
        #expect(folder.settle == .seconds(2))
        #expect(folder.watch == .auto)
        #expect(folder.priority == 0)
        #expect(folder.onConflict == .number)
        #expect(folder.filter.takes(file: Array("a/IMG.JPG".utf8)))
        for name in [".hidden.png", "a.png.part", "a.PART", ".git/a.png", "a~", "x/Thumbs.db"] {
            #expect(!folder.filter.takes(file: Array(name.utf8)), "\(name)")
        }
    }

    @Test func everyKeyIsRead() throws {
        let (read, diagnostics) = Self.read(
            """
            {
              "$schema": "config.schema.json", "version": 1, "x-owner": "me",
              "state": "/var/state", "workers": 3, "memory": "1.5GiB",
              "limits": { "megapixels": 0.5, "fileBytes": "10MB", "seconds": 1.5, "scans": 7, "side": 3000,
                          "decodedBytes": "2MB", "chunks": 9, "metadataBytes": "1MiB", "inflatedMetadataBytes": "2MiB" },
              "history": { "days": 7, "files": 5000 },
              "folders": [
                {
                  "root": "../data", "in": "drop", "out": "/mnt/out", "done": "./old//x", "failed": "bad",
                  "pipeline": "/p.json", "include": "*.png", "exclude": [], "recursive": false,
                  "originals": "keep", "settle": 0.25, "watch": "poll", "priority": -5, "onConflict": "skip"
                },
                { "root": "/b", "pipeline": "p.json", "include": ["a/**", "*.jpg"], "settle": "500ms" }
              ]
            }
            """, path: "conf/s.json")
        let configuration = try #require(read, "\(diagnostics.render())")
        #expect(configuration.workers == 3)
        #expect(configuration.memory == 3 << 29)
        let limits = configuration.limits
        #expect(limits.megapixels == 0.5 && limits.fileBytes == 10_000_000 && limits.seconds == 1.5)
        #expect(limits.scans == 7 && limits.side == 3000 && limits.decodedBytes == 2_000_000 && limits.chunks == 9)
        #expect(limits.metadataBytes == 1 << 20 && limits.inflatedMetadataBytes == 2 << 20)
        #expect(configuration.history == .init(days: 7, files: 5000))
        let folder = configuration.folders[0]
        #expect(folder.root == PathBytes("conf/../data"))
        #expect(folder.input == PathBytes("conf/../data/drop"))
        #expect(folder.output == PathBytes("/mnt/out"))
        #expect(folder.done == PathBytes("conf/../data/old/x"))
        #expect(folder.pipeline == PathBytes("/p.json"))
        #expect(!folder.isRecursive)
        #expect(folder.originals == .keep && folder.watch == .poll && folder.onConflict == .skip)
        #expect(folder.settle == .milliseconds(250))
        #expect(folder.priority == -5)
        #expect(folder.filter.takes(file: Array(".x.png".utf8)))
        #expect(configuration.folders[1].settle == .milliseconds(500))
        #expect(configuration.folders[1].pointer == "/folders/1")
    }

    static let broken = [
        BrokenDocument("{}", "missing-key@1:1", "missing-key@1:1"),
        BrokenDocument("[]", "wrong-type@1:1"),
        BrokenDocument(#"{ "state": "s", "folders": [] }"#, "wrong-count@1:28"),
        BrokenDocument(#"{ "state": "s", "folders": [{}] }"#, "missing-key@1:29", "missing-key@1:29"),
        BrokenDocument(#"{ "sate": "s", "folders": [{ "root": "r", "pipeline": "p" }] }"#, "unknown-key@1:3"),
        BrokenDocument(
            """
            { "state": 1, "workers": 0, "memory": "2 GB!", "limits": { "megapixel": 1, "seconds": 0, "scans": 1.5 },
              "folders": [{ "root": "", "pipeline": null, "include": ["*.{png,jpg}"], "settle": "soon",
                "originals": "moove", "recursive": "true", "priority": 1000, "onConflict": "error" }] }
            """,
            "wrong-type@1:12", "out-of-range@1:26", "wrong-type@1:39", "unknown-key@1:60", "out-of-range@1:87",
            "wrong-type@1:99", "empty-text@2:25", "wrong-type@2:41", "malformed-pattern@2:59",
            "malformed-duration@2:85", "unknown-choice@3:18", "wrong-type@3:40", "out-of-range@3:60",
            "unknown-choice@3:80"),
        BrokenDocument(
            #"{ "state": "~/s", "folders": [{ "root": "$HOME/x", "pipeline": "p" }] }"#,
            "unexpanded-path@1:12", "unexpanded-path@1:41"),
    ]

    @Test(arguments: broken)
    func everyFaultIsToldAtOnce(_ document: BrokenDocument) {
        let (configuration, diagnostics) = Self.read(document.text)
        #expect(configuration == nil)
        #expect(places(diagnostics) == document.faults, "\(diagnostics.render())")
    }

    @Test(arguments: [
        #"{ "root": "/a", "pipeline": "p", "out": "in" }"#,
        #"{ "root": "/a", "pipeline": "p", "out": "in/results" }"#,
        #"{ "root": "/a", "pipeline": "p", "done": "./in/" }"#,
        #"{ "root": "/a", "pipeline": "p", "in": "." }"#,
        #"{ "root": "/a", "pipeline": "p", "out": "." }"#,
        #"{ "root": "/a", "pipeline": "p", "out": "done" }"#,
        #"{ "root": "/a", "pipeline": "p" }, { "root": "/a", "pipeline": "p" }"#,
        #"{ "root": "/a", "pipeline": "p" }, { "root": "/a/in/x", "pipeline": "p" }"#,
        #"{ "root": "/a", "pipeline": "p" }, { "root": "/b", "pipeline": "p", "out": "/a/in/b" }"#,
        #"{ "root": "/a", "pipeline": "p", "out": "/b/in/x" }, { "root": "/b", "pipeline": "p" }"#,
        #"{ "root": "/", "in": "var", "pipeline": "p" }"#,
    ])
    func foldersThatFeedTheServiceItsOwnFilesAreUnsafe(_ folders: String) {
        let (configuration, diagnostics) = Self.read(#"{ "state": "/var/s", "folders": [\#(folders)] }"#)
        #expect(configuration == nil)
        #expect(!diagnostics.isEmpty)
        #expect(diagnostics.all.allSatisfy { ServiceConfiguration.unsafeRules.contains($0.rule) })
    }

    @Test func folderNamesThatOnlyBeginAlikeDoNotOverlap() {
        let (configuration, diagnostics) = Self.read(
            #"{ "state": "/a/inner", "folders": [{ "root": "/a", "pipeline": "p", "out": "in2" }] }"#)
        #expect(configuration != nil, "\(diagnostics.render())")
    }

    @Test func pathsAreJoinedByNamesAlone() {
        #expect(PathBytes("a").appending(PathBytes("./b//c/.")) == PathBytes("a/b/c"))
        #expect(PathBytes("/").appending(PathBytes("b")) == PathBytes("/b"))
        #expect(PathBytes("a").appending(PathBytes("/b")) == PathBytes("/b"))
        #expect(PathBytes(".").appending(PathBytes(".")) == PathBytes("."))
        #expect(PathBytes("/a/b").folder == PathBytes("/a"))
        #expect(PathBytes("/a").folder == PathBytes("/"))
        #expect(PathBytes("a").folder == PathBytes("."))
        #expect(PathBytes([0xFF]).appending(PathBytes("x")).bytes == [0xFF, 0x2F, 0x78])
        #expect(PathBytes("/a/b").isInside(PathBytes("/")) && PathBytes("/a").isInside(PathBytes("/a")))
        #expect(!PathBytes("/ab").isInside(PathBytes("/a")))
    }
}
