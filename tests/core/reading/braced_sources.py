"""Small programs in languages with braces, and where their words stand.

`{"ending": (source, {words in the source: the path they stand under})}`.
"""

from __future__ import annotations

_C = """#include <sea.h>
#define SAIL(a) do { a; } while (0)
/* A ship. */
struct ship {
    int masts;
    int crew;
};
static const char *
name_of(struct ship *s)
{
    if (s) { return "{"; }
    return "none";
}
int top = 1;
"""
_CPP = """namespace harbour {
/** A ship. */
class EXPORT_API Ship final : public Boat {
 public:
  explicit Ship(int a) : Boat(a), masts_{a} {
    launch();
  }
  int sail(const std::string& where) const override {
    for (int i = 0; i < 3; ++i) { row('}'); }
    return 1;
  }
};
template <class T>
T Ship::dock(T pier)
{
  return pier;
}
int after = 1;
TEST(Ship, Sails) {
  EXPECT(1);
}
}  // namespace harbour
"""
_CS = """using System;
namespace Sea.Harbour
{
    [Serializable]
    public class Ship : IBoat
    {
        public int Masts { get; set; }
        /// <summary>Sails.</summary>
        public async Task<int> Sail(string where)
        {
            var path = @"c:\\";
            return 1;
        }
    }
}
"""
_JAVA = """package sea;
/** A ship. */
@Service
public class Ship<T> implements Boat {
    private int masts;

    @Override
    public int getMasts() {
        return masts;
    }
    public <R> void sail(List<String> where) throws IOException {
        new Thread(new Runnable() {
            public void run() { inner(); }
        });
    }
    record Pier(int x, int y) {
        static Pier first() {
            return null;
        }
    }
}
"""
_JS = """import { sea } from "sea";
// A ship.
export default class Ship extends Boat {
  masts = { a: 1 };
  async sail(where) {
    const pattern = /[{"]/g;
    return `${where} {`;
  }
  get crew() {
    return 1;
  }
}
export function Pier({ boats, width = 2 }) {
  return boats;
}
const launch = async (ship) => {
  await ship;
};
module.exports = {
  tow: function (a) {
    return towed;
  },
};
describe("ships", () => {
  it("float", () => {
    expect(1).toBe(1);
  });
});
"""
_TS = """export interface Shape {
  area(): number;
}
abstract class Store<T> {
  constructor(private count: number) {
    super();
  }
  public async load<K extends T>(url: string): Promise<Map<string, K>> {
    if (url) { return; }
    return loaded;
  }
}
export const useThing = (a: string): Thing => {
  return thing;
};
"""
_GO = """package sea
// Ship floats.
type Ship struct {
	masts int
}
// Sail moves.
func (s *Ship) Sail(ctx context.Context) error {
	go func() { row() }()
	return nil
}
func Map[T any](all []T) map[string]struct{} {
	return mapped
}
"""
_RUST = """#[derive(Debug)]
pub struct Ship<'a> {
    name: &'a str,
}
impl<'a> Display for Ship<'a> {
    /// Shows it.
    fn fmt(&self, f: &mut Formatter) -> Result {
        let c = '{';
        Ok(())
    }
}
mod tests {
    #[test]
    fn floats() {
        assert!(true);
    }
}
"""
_PHP = """<?php
namespace Sea;
# A ship.
class Ship extends Boat {
    private $masts = 1;
    /** Sails. */
    public function sail(array $where): int {
        return "{";
    }
}
function helper($x) {
    return $x + 1;
}
"""
_KOTLIN = """data class Point(val x: Int)
class Ship(val masts: Int) : Boat() {
    companion object {
        fun make(): Ship {
            return Ship(1)
        }
    }
    fun <T> List<T>.second(): T {
        return this[1]
    }
}
"""
_SWIFT = """extension Ship: Boat {
    func sail(to pier: Int) -> Int {
        masts.map { $0 }
        return 1
    }
}
"""
_SCALA = """object Harbour extends App {
  val piers = 1
  def dock(x: Int): Int = {
    x + piers
  }
}
"""
_R = """# Adds.
add <- function(a, b = "}") {
  a + b
}
total <- 1
"""
_DART = """class Ship extends Boat {
  final int masts;
  Future<int> sail(String where) async {
    return 1;
  }
}
"""
_PERL = """package Sea;
# Sails.
sub sail {
    my ($where) = @_;
    return $where;
}
"""
_POWERSHELL = """# Sails.
function Start-Ship {
    param($Where)
    Write-Host "{"
}
"""
_PROTO = """message Ship {
  string name = 1;
}
service Harbour {
  rpc Dock(Ship) returns (Ship);
}
"""
BRACED = {
    "c": (_C, {"masts": "struct ship", "A ship": "struct ship", "none": "name_of()",
               "static const": "name_of()", "top": "", "SAIL": ""}),
    "cpp": (_CPP, {"launch": "namespace harbour > class EXPORT_API Ship > Ship()",
                   "row": "namespace harbour > class EXPORT_API Ship > sail()",
                   "A ship": "namespace harbour > class EXPORT_API Ship",
                   "return pier": "namespace harbour > Ship::dock()",
                   "after": "namespace harbour",
                   "EXPECT": "namespace harbour > TEST(Ship, Sails)"}),
    "cs": (_CS, {"Serializable": "namespace Sea.Harbour > class Ship",
                 "Masts": "namespace Sea.Harbour > class Ship",
                 "Sails.": "namespace Sea.Harbour > class Ship > Sail()",
                 "path": "namespace Sea.Harbour > class Ship > Sail()", "using": ""}),
    "java": (_JAVA, {"A ship": "class Ship", "Service": "class Ship", "private": "class Ship",
                     "Override": "class Ship > getMasts()", "inner": "class Ship > sail()",
                     "return null": "class Ship > record Pier > first()", "package": ""}),
    "js": (_JS, {"A ship": "class Ship", "masts": "class Ship", "pattern": "class Ship > sail()",
                 "return 1": "class Ship > crew()", "return boats": "function Pier",
                 "await ship": "function launch", "towed": "function tow", "float": "",
                 "import": ""}),
    "ts": (_TS, {"area": "interface Shape", "super": "class Store > constructor()",
                 "loaded": "class Store > load()", "return thing": "function useThing"}),
    "go": (_GO, {"floats": "type Ship", "masts": "type Ship", "moves": "func (s *Ship) Sail",
                 "row": "func (s *Ship) Sail", "mapped": "func Map", "package": ""}),
    "rs": (_RUST, {"derive": "struct Ship", "name": "struct Ship",
                   "#[test]": "mod tests > fn floats",
                   "Shows": "impl<'a> Display for Ship<'a> > fn fmt"}),
    "php": (_PHP, {"A ship": "class Ship", "private": "class Ship",
                   "Sails": "class Ship > function sail", "+ 1": "function helper", "Sea": ""}),
    "kt": (_KOTLIN, {"Point": "", "Ship(1)": "class Ship > fun make",
                     "this[1]": "class Ship > fun <T> List<T>.second"}),
    "swift": (_SWIFT, {"map": "extension Ship > func sail"}),
    "scala": (_SCALA, {"val piers": "object Harbour", "x + piers": "object Harbour > def dock"}),
    "r": (_R, {"Adds": "function add", "a + b": "function add", "total": ""}),
    "dart": (_DART, {"masts": "class Ship", "return 1": "class Ship > sail()"}),
    "pl": (_PERL, {"Sails": "sub sail", "my": "sub sail", "package": ""}),
    "ps1": (_POWERSHELL, {"Sails": "function Start-Ship", "Write-Host": "function Start-Ship"}),
    "proto": (_PROTO, {"string name": "message Ship", "rpc": "service Harbour"}),
}  # fmt: skip
