import Glibc
import SystemPackage

/// Finds a name among `name.png`, `name-2.png`, `name-3.png` …, without trying all of them where thousands are taken.
///
/// The first numbers are tried one by one. After them the numbers are taken to have no gaps, and a free one whose
/// predecessor is taken is found by doubling and halving.
struct NumberSearch {
    let calls: FileCalls
    let name: FilePath.Component
    let folder: FolderTree.Folder

    /// Numbers that are tried one by one.
    private static let oneByOne = 16

    /// The first value that `attempt` gives for one of the names; nil when none of them gives one.
    ///
    /// - Parameter lookingBack: how many names before a free one are attempted too.
    func first<Value>(
        lookingBack: Int = 0, _ attempt: (FilePath.Component) throws(Errno) -> Value?
    ) throws(Errno) -> Value? {
        for number in 1...Self.oneByOne {
            if let value = try attempt(candidate(number)) { return value }
        }
        var number = max(Self.oneByOne + 1, try free() - lookingBack)
        while number <= NumberedName.last {
            if let value = try attempt(candidate(number)) { return value }
            number += 1
        }
        return nil
    }

    /// The first of the names, up to one that is free, whose file `isMeant` says yes to.
    func firstTaken(
        where isMeant: (FilePath.Component, stat) throws(Errno) -> Bool
    ) throws(Errno) -> FilePath.Component? {
        for number in 1...Self.oneByOne {
            let name = candidate(number)
            guard let status = try calls.status(name, in: folder.descriptor) else { return nil }
            if try isMeant(name, status) { return name }
        }
        for number in max(Self.oneByOne + 1, try free() - Self.oneByOne)..<(try free()) {
            let name = candidate(number)
            if let status = try calls.status(name, in: folder.descriptor), try isMeant(name, status) { return name }
        }
        return nil
    }

    private func candidate(_ number: Int) -> FilePath.Component {
        NumberedName.numbered(name, number, limit: folder.nameLimit)
    }

    private func isTaken(_ number: Int) throws(Errno) -> Bool {
        try calls.status(candidate(number), in: folder.descriptor) != nil
    }

    /// A number that is free and follows one that is taken; beyond the last one if that is taken.
    private func free() throws(Errno) -> Int {
        var taken = Self.oneByOne
        var free = 2 * taken
        while try isTaken(free) {
            if free == NumberedName.last { return free + 1 }
            taken = free
            free = min(2 * free, NumberedName.last)
        }
        while free - taken > 1 {
            let middle = (taken + free) / 2
            if try isTaken(middle) { taken = middle } else { free = middle }
        }
        return free
    }
}
