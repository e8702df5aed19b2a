import Glibc
import SystemPackage
import Testing

@testable import Outbox

@Suite("A result appears complete under its name, or not at all")
struct PublicationTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func publication(claims: OutputClaims? = nil, owner: Int = 0) throws -> Publication {
        try Publication(root: folder.path, claims: claims, owner: owner)
    }

    @discardableResult
    private func publish(
        _ text: String, as path: FilePath, _ policy: ConflictPolicy = .fail
    ) throws -> [PublishedFile] {
        let publication = try publication()
        if let file = try publication.create(path, onConflict: policy) { try write(text, to: file) }
        return try publication.commit()
    }

    @Test("before commit there is only a temporary file; after it there is only the result")
    func appearsOnCommit() throws {
        let publication = try publication()
        try write("hello", to: publication.create("a.png", onConflict: .fail))
        let names = try folder.texts()
        #expect(names.count == 1 && TemporaryFiles.isTemporary(name: Array(names[0].utf8)))
        let published = try publication.commit()
        #expect(published == [PublishedFile(requested: "a.png", path: "a.png", disposition: .created)])
        #expect(try folder.texts() == ["a.png"])
        #expect(folder.text("a.png") == "hello")
    }

    @Test("an abandoned or forgotten publication leaves nothing")
    func abandoned() throws {
        let one = try publication()
        try write("x", to: one.create("a.png", onConflict: .fail))
        one.abandon()
        #expect(try folder.texts() == [])
        #expect(throws: OutboxError.self) { try one.commit() }
        var other: Publication? = try publication()
        try write("x", to: other?.create("a.png", onConflict: .fail))
        #expect(try folder.texts().count == 1)
        other = nil
        #expect(try folder.texts() == [])
    }

    @Test("a result that gets its name last is published like any other, and without a name not at all")
    func namedLast() throws {
        let publication = try publication()
        let first = try publication.createUnnamed()
        let second = try publication.createUnnamed()
        let third = try publication.createUnnamed()
        try write("1", to: first)
        try write("2", to: second)
        try write("3", to: third)
        #expect(try publication.name(second, "cats/two.png", onConflict: .fail))
        #expect(try publication.name(first, "one.png", onConflict: .fail))
        #expect(try publication.commit().map(\.path) == ["cats/two.png", "one.png"])
        #expect(try folder.texts() == ["cats", "one.png"])
        #expect(try folder.texts(in: "cats") == ["two.png"])
        #expect(folder.text("cats/two.png") == "2")
    }

    @Test("where the name is taken, a result that gets it last is left out, refused, numbered or put in its place")
    func namedLastWhereTaken() throws {
        for (policy, expected) in [
            (ConflictPolicy.skip, ["a.png": "old"]), (.number, ["a.png": "old", "a-2.png": "new"]),
            (.replace, ["a.png": "new"]),
        ] {
            let folder = try TemporaryFolder()
            try folder.write("old", to: "a.png")
            let publication = try Publication(root: folder.path)
            let file = try publication.createUnnamed()
            try write("new", to: file)
            #expect(try publication.name(file, "a.png", onConflict: policy) == (policy != .skip))
            _ = try publication.commit()
            let names = try folder.texts()
            #expect(Set(names) == Set(expected.keys), "\(policy)")
            for name in names { #expect(folder.text(FilePath(name)) == expected[name]) }
        }
        try folder.write("old", to: "a.png")
        let publication = try publication()
        let file = try publication.createUnnamed()
        try write("new", to: file)
        #expect(try publication.name(file, "a.png", onConflict: .fail))
        #expect(throws: OutboxError.self) { try publication.commit() }
        #expect(try folder.texts() == ["a.png"] && folder.text("a.png") == "old")
    }

    @Test("folders in the name are created")
    func folders() throws {
        let publication = try publication()
        try write("1", to: publication.create("a/b/one.png", onConflict: .fail))
        try write("2", to: publication.create("a/b/two.png", onConflict: .fail))
        try write("3", to: publication.create("a/three.png", onConflict: .fail))
        #expect(try publication.commit().map(\.path) == ["a/b/one.png", "a/b/two.png", "a/three.png"])
        #expect(try folder.texts(in: "a/b") == ["one.png", "two.png"])
        #expect(try folder.texts(in: "a") == ["b", "three.png"])
    }

    @Test("the umask decides about permissions, as for every program")
    func permissions() throws {
        let publication = try Publication(root: folder.path, mode: 0o640)
        try write("x", to: publication.create("a.png", onConflict: .fail))
        _ = try publication.commit()
        var status = stat()
        #expect(folder.path.appending("a.png").withPlatformString { stat($0, &status) } == 0)
        #expect(status.st_mode & 0o777 & ~0o640 == 0)
    }

    // MARK: Names

    @Test(
        "every name that the file system takes goes through",
        arguments: [
            Array("-rf.png".utf8), Array("new\nline.png".utf8), [0x6E, 0xFF, 0xFE, 0x2E, 0x70, 0x6E, 0x67],
            Array(repeating: 0x61, count: 251) + Array(".png".utf8), Array("\u{1B}[2J\"$(x)\\".utf8),
            Array("caf\u{E9}.png".utf8), Array("cafe\u{301}.png".utf8), Array(repeating: 0xC3, count: 255),
        ])
    func oddNames(name: [UInt8]) throws {
        try publish("1", as: filePath(name), .number)
        #expect(try folder.names() == [name])
        let second = try publish("2", as: filePath(name), .number)
        #expect(second.map(\.disposition) == [.numbered])
        let names = try folder.names()
        #expect(names.count == 2 && names.allSatisfy { $0.count <= 255 })
    }

    @Test(
        "a name that leaves the folder is refused",
        arguments: ["../a.png", "/a.png", "a/../../b.png", "a/./b.png", "", "a/..", "."])
    func unsafePaths(path: String) throws {
        let publication = try publication()
        let error = #expect(throws: OutboxError.self) { try publication.create(FilePath(path), onConflict: .fail) }
        #expect(error?.reason == .pathLeavesFolder)
        #expect(error?.failureClass == .permanent)
        #expect(try folder.texts() == [])
    }

    @Test("a name that is too long is refused before anything is written")
    func tooLong() throws {
        let publication = try publication()
        let long = String(repeating: "a", count: 256)
        for path in [FilePath(long), FilePath(long + "/x.png")] {
            let error = #expect(throws: OutboxError.self) { try publication.create(path, onConflict: .fail) }
            #expect(error?.reason == .nameTooLong(bytes: 256, allowed: 255))
        }
        #expect(try folder.texts() == [])
    }

    // MARK: Conflicts

    @Test("fail: the file that has the name stays, and none of the results appears")
    func conflictFail() throws {
        try folder.write("old", to: "b.png")
        let publication = try publication()
        try write("1", to: publication.create("a.png", onConflict: .fail))
        try write("2", to: publication.create("b.png", onConflict: .fail))
        let error = #expect(throws: OutboxError.self) { try publication.commit() }
        #expect(error?.reason == .nameTaken)
        #expect(error?.failureClass == .policy)
        #expect(try folder.texts() == ["b.png"])
        #expect(folder.text("b.png") == "old")
    }

    @Test("replace: the new file takes the old one's place", arguments: [1, 2])
    func conflictReplace(results: Int) throws {
        try folder.write("old", to: "1.png")
        let publication = try publication()
        for index in 1...results {
            try write("new", to: publication.create(FilePath("\(index).png"), onConflict: .replace))
        }
        let published = try publication.commit()
        #expect(published[0].disposition == .replaced)
        #expect(folder.text("1.png") == "new")
        #expect(try folder.texts().count == results)
    }

    @Test("replace never touches a folder")
    func replaceFolder() throws {
        try folder.makeFolder("a.png")
        for others in 0...1 {
            let publication = try publication()
            try write("new", to: publication.create("a.png", onConflict: .replace))
            if others == 1 { try write("new", to: publication.create("b.png", onConflict: .replace)) }
            let error = #expect(throws: OutboxError.self) { try publication.commit() }
            #expect(error?.errno == .isDirectory)
            #expect(try folder.texts() == ["a.png"])
        }
    }

    @Test("number: the first free number is taken")
    func conflictNumber() throws {
        for text in ["one", "two", "three"] { try publish(text, as: "a.png", .number) }
        #expect(try folder.texts() == ["a-2.png", "a-3.png", "a.png"])
        #expect(folder.text("a-3.png") == "three")
        try publish("1", as: ".hidden", .number)
        #expect(try publish("2", as: ".hidden", .number)[0].path == ".hidden-2")
    }

    @Test("numbers are found fast among many, and a gap is filled at last")
    func manyNumbers() throws {
        for number in 1...300 { try folder.write("\(number)", to: FilePath(number == 1 ? "a.png" : "a-\(number).png")) }
        let calls = Counter()
        let publication = try Publication(
            root: folder.path, durable: false,
            calls: FileCalls { _ in
                calls.add(1)
                return nil
            })
        try write("a new one", to: publication.create("a.png", onConflict: .number))
        #expect(try publication.commit().map(\.path) == ["a-301.png"])
        // About one rename and two looks for each of 16 + 128 names, and the search.
        #expect(calls.value < 800)
        // A try that died has left its result; the next one finds it.
        let again = try publish("250", as: "a.png", .number)
        #expect(again.map(\.path) == ["a-250.png"])
        #expect(again.map(\.disposition) == [.identical])
        try OriginalFile.remove("a-5.png", below: folder.path)
        #expect(try publish("another", as: "a.png", .number).map(\.path) == ["a-5.png"])
    }

    @Test("skip: the old file stays, and the work can be spared")
    func conflictSkip() throws {
        try folder.write("old", to: "a.png")
        #expect(try publication().create("a.png", onConflict: .skip) == nil)
        let late = try publication()
        try write("new", to: late.create("b.png", onConflict: .skip))
        try folder.write("old", to: "b.png")
        #expect(try late.commit().map(\.disposition) == [.skipped])
        #expect(folder.text("b.png") == "old")
        #expect(try folder.texts() == ["a.png", "b.png"])
    }

    @Test(
        "a result that is there already with the same bytes counts as published",
        arguments: [ConflictPolicy.fail, .number, .skip])
    func identical(policy: ConflictPolicy) throws {
        let publication = try publication()
        try write("same", to: publication.create("a.png", onConflict: policy))
        try folder.write("same", to: "a.png")
        #expect(try publication.commit().map(\.disposition) == [.identical])
        #expect(try folder.texts() == ["a.png"])
    }

    @Test("two inputs of one run never write the same file")
    func claims() throws {
        let claims = OutputClaims()
        let first = try publication(claims: claims, owner: 1)
        try write("1", to: first.create("a.png", onConflict: .replace))
        let second = try publication(claims: claims, owner: 2)
        let error = #expect(throws: OutboxError.self) { try second.create("a.png", onConflict: .replace) }
        #expect(error?.reason == .claimedByOtherInput)
        #expect(try second.create("a.png", onConflict: .skip) == nil)
        try write("2", to: second.create("a.png", onConflict: .number))
        #expect(try second.commit().map(\.path) == ["a-2.png"])
        #expect(try first.commit().map(\.path) == ["a.png"])
    }

    @Test("many threads that publish the same name all find a place, and no file is lost")
    func concurrent() throws {
        let root = folder.path
        let group = (0..<8).map { thread in
            PosixThread {
                for round in 0..<8 {
                    let publication = try Publication(root: root, durable: false)
                    try write("\(thread)/\(round)", to: publication.create("a.png", onConflict: .number))
                    _ = try publication.commit()
                }
            }
        }
        for thread in group { try thread.join() }
        let names = try folder.texts()
        #expect(names.count == 64)
        #expect(Set(names.map { folder.text(FilePath($0)) ?? "" }).count == 64)
    }

    // MARK: Attacks and accidents

    @Test("a symbolic link inside the root is never followed")
    func symbolicLinks() throws {
        let outside = try TemporaryFolder()
        try folder.link("link", to: outside.path.string)
        try folder.makeFolder("real")
        try folder.link("real/deep", to: outside.path.string)
        let publication = try publication()
        for path: FilePath in ["link/a.png", "real/deep/a.png"] {
            let error = #expect(throws: OutboxError.self) { try publication.create(path, onConflict: .replace) }
            #expect(error?.failureClass == .permanent)
        }
        #expect(try outside.texts() == [])
    }

    @Test("replacing a symbolic link replaces the link, not what it points to")
    func linkAsTarget() throws {
        let outside = try TemporaryFolder()
        try outside.write("precious", to: "target")
        try folder.link("a.png", to: outside.path.appending("target").string)
        try publish("new", as: "a.png", .replace)
        #expect(outside.text("target") == "precious")
        #expect(folder.text("a.png") == "new")
    }

    @Test("a root that was swapped for another folder is noticed")
    func swappedRoot() throws {
        try folder.makeFolder("out")
        let publication = try Publication(root: folder.path.appending("out"))
        try write("x", to: publication.create("a.png", onConflict: .fail))
        #expect(rename(folder.path.appending("out").string, folder.path.appending("moved").string) == 0)
        try folder.makeFolder("out")
        let error = #expect(throws: OutboxError.self) { try publication.commit() }
        #expect(error?.reason == .folderReplaced)
        #expect(error?.failureClass == .transient)
        #expect(try folder.texts(in: "out") == [])
        #expect(try folder.texts(in: "moved") == [])
    }
}
