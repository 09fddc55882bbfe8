"""Made from fdl.lark by `python -m fdc.grammar.build`; see there for the notation."""

# ruff: noqa: E501

STARTS = "declaration expr"
ENDS = "9 32"
KEYWORDS = """\
allow ALLOW
and AND
as AS
assert ASSERT
by BY
checkpoint CHECKPOINT
component COMPONENT
data DATA
every EVERY
except EXCEPT
false FALSE
family FAMILY
for FOR
from FROM
graph GRAPH
import IMPORT
in IN
let LET
log LOG
loss LOSS
mesh MESH
method METHOD
not NOT
optimize OPTIMIZE
or OR
param PARAM
per PER
process PROCESS
produce PRODUCE
program PROGRAM
record RECORD
return RETURN
reveal REVEAL
role ROLE
sizes SIZES
space SPACE
stage STAGE
state STATE
to TO
track TRACK
train TRAIN
true TRUE
until UNTIL
update UPDATE
use USE
validate VALIDATE
variant VARIANT
"""
PUNCTUATION = """\
!= NE
% PERCENT
( LPAR
) RPAR
* STAR
** POWER
+ PLUS
, COMMA
- MINUS
-> ARROW
. DOT
.. RANGE
/ SLASH
// FLOOR
: COLON
< LT
<= LE
= EQUAL
== EQ
> GT
>= GE
[ LSQB
] RSQB
{ LBRACE
} RBRACE
~ TILDE
"""
RULES = """\
__allow_star_15 2 _ 1
__allow_star_15 3 _ 0 2
__args_star_18 2 _ 1
__args_star_18 3 _ 0 2
__atom_star_17 2 _ 1
__atom_star_17 3 _ 0 2
__body_star_14 2 _ 0 1
__body_star_14 3 _ 0 1
__body_star_14 2 _ 0 1
__body_star_14 1 _ 0
__body_star_14 2 _ 0
__body_star_14 1 _ 0
__code_star_16 2 _ 0 1
__code_star_16 3 _ 0 1 2
__dims_star_12 2 _ 1
__dims_star_12 3 _ 0 2
__entries_star_8 2 _ 0 1
__entries_star_8 3 _ 0 1
__entries_star_8 1 _ 0
__entries_star_8 2 _ 0
__family_star_1 2 _ 0 1
__family_star_1 3 _ 0 1
__family_star_1 1 _ 0
__family_star_1 2 _ 0
__fields_star_10 2 _ 0 1
__fields_star_10 3 _ 0 1
__fields_star_10 1 _ 0
__fields_star_10 2 _ 0
__import_names_star_0 1 _ 0
__import_names_star_0 2 _ 0
__import_names_star_0 2 _ 0 1
__import_names_star_0 3 _ 0 1
__method_star_5 2 _ 0 1
__method_star_5 3 _ 0 1
__method_star_5 2 _ 0 1
__method_star_5 1 _ 0
__method_star_5 2 _ 0
__method_star_5 1 _ 0
__outputs_star_4 2 _ 1
__outputs_star_4 3 _ 1
__outputs_star_4 3 _ 0 2
__outputs_star_4 4 _ 0 2
__pair_type_plus_13 2 _ 1
__pair_type_plus_13 3 _ 0 2
__params_star_11 2 _ 1
__params_star_11 3 _ 0 2
__path_star_9 2 _ 1
__path_star_9 3 _ 0 2
__process_star_3 2 _ 0 1
__process_star_3 3 _ 0 1
__process_star_3 2 _ 0 1
__process_star_3 3 _ 0 1
__process_star_3 1 _ 0
__process_star_3 2 _ 0
__process_star_3 1 _ 0
__process_star_3 2 _ 0
__program_star_7 2 _ 0 1
__program_star_7 3 _ 0 1
__program_star_7 2 _ 0 1
__program_star_7 1 _ 0
__program_star_7 2 _ 0
__program_star_7 1 _ 0
__role_names_star_6 2 _ 1
__role_names_star_6 3 _ 0 2
__space_plus_2 2 _ 1
__space_plus_2 3 _ 0 2
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
allow 5 allow 2
allow 4 allow 2
allow 6 allow 2 3
allow 5 allow 2 3
annotation 1 . 0
annotation 1 . 0
annotation 1 . 0
arg 3 arg 0 2
arg 1 arg - 0
args 0 args
args 1 args 0
args 2 args 0
args 2 args 0 1
args 3 args 0 1
assert_ 2 assert_ 1
assert_ 3 assert_ 1
assert_ 4 assert_why 1 3
assert_ 5 assert_why 1 3
atom 1 false 0
atom 3 . 1
atom 5 tuple 1 2
atom 4 tuple 1 2
atom 2 list
atom 4 list 1
atom 7 each 1 3 5
atom 3 list 1
atom 5 list 1 2
atom 4 list 1 2
atom 1 name 0
atom 1 number 0
atom 1 string 0
atom 1 true 0
atom 1 map 0
bind 3 bind 0 2
bind 6 bind_many 1 5
bind 5 bind_many 1 4
bind 7 bind_many 1 2 6
bind 6 bind_many 1 2 5
body 2 body
body 3 body 1
both 3 binary 0 1 2
both 1 . 0
code 1 code 0
code 2 code 0 1
compared 1 . 0
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
component 4 component 1 3 -
component 5 component 1 3 4
data 4 data 1 3 -
data 5 data 1 3 4
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
dim 3 dim 0 2 -
dim 5 dim 0 2 4
dim 1 dim - 0 -
dim 3 dim - 0 2
dims 1 dims 0
dims 2 dims 0
dims 2 dims 0 1
dims 3 dims 0 1
dotted 1 dotted 0
dotted 2 dotted 0 1
draw 3 draw 0 2 - -
draw 5 draw 0 2 4 -
draw 8 draw 0 2 4 6
either 1 . 0
either 3 binary 0 1 2
entries 2 entries
entries 3 entries 1
entry 1 entry 0 -
entry 3 entry 0 2
entry 6 entry_of 0 2 5
expr 1 . 0
expr 3 cast 0 2
family 4 family 1
family 5 family 1 3
field 3 field 0 2 -
field 4 field 0 2 3
fields 2 fields
fields 3 fields 1
for_ 5 for_ 1 3 4
for_targets 4 for_targets 1
for_targets 3 for_targets 1
for_targets 5 for_targets 1 2
for_targets 4 for_targets 1 2
for_targets 1 for_targets 0
graph 6 graph 1 3 5
import_ 2 import_ 1 - -
import_ 4 import_ 1 3 -
import_ 5 import_ 1 3 4
import_ 3 import_ 1 - 2
import_ 2 import_ 1 - -
import_ 4 import_ 1 3 -
import_ 5 import_ 1 3 4
import_ 3 import_ 1 - 2
import_names 2 import_names
import_names 3 import_names 1
let 4 let 1 3
list_type 3 list_type 1
log 4 log 1 3
loss 4 loss 1 3
method 9 method 1 3 6
method 10 method 1 3 6 8
method 7 method 1 3 -
method 8 method 1 3 - 6
negated 2 not_ 1
negated 1 . 0
optimize 4 optimize 1 3
outputs 0 outputs
outputs 1 outputs 0
pair_type 5 pair_type 1 2
pair_type 4 pair_type 1 2
pair_type 5 pair_type 1 2
pair_type 4 pair_type 1 2
param 2 param 1 - -
param 4 param 1 3 -
param 6 param 1 3 5
param 4 param 1 - 3
parameter 1 parameter 0 - -
parameter 3 parameter 0 2 -
parameter 5 parameter 0 2 4
parameter 3 parameter 0 - 2
params 0 params
params 1 params 0
params 2 params 0
params 2 params 0 1
params 3 params 0 1
path 1 path 0
path 2 path 0 1
postfix 1 . 0
postfix 3 attr 0 2
postfix 4 call 0 2
postfix 6 samples_of 0 2 4
postfix 4 index 0 2
power 1 . 0
power 3 binary 0 1 2
process 4 process 1
process 5 process 1 3
produce 6 produce 1 3 5 -
produce 7 produce 1 3 5 6
program 4 program 1
program 5 program 1 3
range 1 . 0
range 3 span 0 2
record 3 record 1 2
return_ 2 return_ 1
reveal 2 reveal 1
role 4 role 1 3 -
role 5 role 1 3 4
role_names 0 role_names
role_names 1 role_names 0
role_names 2 role_names 0
role_names 2 role_names 0 1
role_names 3 role_names 0 1
settings 5 settings 0 2 3 4
settings 4 settings 0 2 - 3
settings 2 settings 0 - - 1
settings 5 settings 0 2 3 4
settings 4 settings 0 2 - 3
settings 2 settings 0 - - 1
settings 5 settings 0 2 3 4
settings 4 settings 0 2 - 3
settings 2 settings 0 - - 1
settings 5 settings 0 2 3 4
settings 4 settings 0 2 - 3
settings 2 settings 0 - - 1
signed 2 minus 1
signed 1 . 0
sizes 2 sizes 1
space 5 product 1 3 4
space 4 space 1 3 - -
space 6 space 1 3 5 -
space 7 space 1 3 5 6
space 5 space 1 3 - 4
stage 17 stage 1 3 5 8 10 12 14 16
stage 15 stage 1 3 5 8 10 - 12 14
stage_result 4 verdict 0 2
stage_result 1 . 0
state 4 state 1 3
sum 3 binary 0 1 2
sum 3 binary 0 1 2
sum 1 . 0
term 1 . 0
term 3 binary 0 1 2
term 3 binary 0 1 2
term 3 binary 0 1 2
term 3 binary 0 1 2
track 2 track 1 -
track 3 track 1 2
type 1 type 0 -
type 4 type 0 2
update 12 update 1 3 6 8 10 11
update 10 update 1 3 6 8 - 9
update 10 update 1 3 6 - 8 9
update 8 update 1 3 6 - - 7
update 9 update 1 3 - 5 7 8
update 7 update 1 3 - 5 - 6
update 7 update 1 3 - - 5 6
update 5 update 1 3 - - - 4
update 10 update 1 - 4 6 8 9
update 8 update 1 - 4 6 - 7
update 8 update 1 - 4 - 6 7
update 6 update 1 - 4 - - 5
update 7 update 1 - - 3 5 6
update 5 update 1 - - 3 - 4
update 5 update 1 - - - 3 4
update 3 update 1 - - - - 2
updated 1 updated 0
updated 2 updated 0 1
use 5 use 1 3 -
use 6 use 1 3 5
variant 3 variant 1 2
"""
LOOKAHEADS = """\
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA DOT EQ EXCEPT FLOOR FOR FROM GE GRAPH GT LBRACE LE LET LOG LOSS LPAR LSQB LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PERCENT PLUS POWER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SLASH SPACE STAGE STAR STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AS ASSERT CHECKPOINT COMMA COMPONENT DATA EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE OR PARAM PER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE OR PARAM PER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AS ASSERT CHECKPOINT COMMA COMPONENT DATA EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA EQ EXCEPT FLOOR FOR FROM GE GRAPH GT LBRACE LE LET LOG LOSS LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PERCENT PLUS PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SLASH SPACE STAGE STAR STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA EQ EXCEPT FOR FROM GE GRAPH GT LBRACE LE LET LOG LOSS LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PLUS PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA EQUAL EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
NAME RBRACE
COMMA LET NAME RBRACE
$END ALLOW COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ALLOW ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQUAL EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
AND AS COMMA DOT EQ FLOOR GE GT LE LPAR LSQB LT MINUS NE OR PERCENT PLUS POWER RANGE RPAR SLASH STAR
COMMA RPAR
AND AS DOT EQ FLOOR GE GT LE LPAR LSQB LT MINUS NE OR PERCENT PLUS POWER RANGE RSQB SLASH STAR
$END ALLOW ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQUAL EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
ALLOW COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
ALLOW COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
LET NAME RBRACE
ALLOW ASSERT CHECKPOINT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
ALLOW ASSERT CHECKPOINT COMMA DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
$END ALLOW COMMA COMPONENT FROM GRAPH LBRACE LSQB PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ALLOW ASSERT BY CHECKPOINT COMMA COMPONENT DATA DOT EQUAL EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS LPAR LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
COMMA RPAR RSQB
ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
ALLOW ASSERT CHECKPOINT DATA FOR GRAPH LOG LOSS MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RETURN REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
ALLOW ASSERT CHECKPOINT COMMA DATA FOR GRAPH LOG LOSS MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RETURN REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
EVERY EXCEPT FROM LBRACE UNTIL
LBRACE LPAR
AND AS COMMA DOT EQ FLOOR GE GT LE LPAR LSQB LT MINUS NE OR PERCENT PLUS POWER RANGE RSQB SLASH STAR TO
COMMA RSQB
COMMA EVERY EXCEPT FROM LBRACE RPAR UNTIL
COMMA NAME RBRACE
$END ALLOW COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE STAR VARIANT
ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA FOR GRAPH LOG LOSS MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
ALLOW ASSERT GRAPH NAME PARAM RBRACE REVEAL STATE UPDATE _TARGETS
ALLOW ASSERT COMMA GRAPH NAME PARAM RBRACE REVEAL STATE UPDATE _TARGETS
ALLOW ASSERT FOR LOG LOSS NAME RBRACE RETURN REVEAL _TARGETS
ALLOW ASSERT COMMA FOR LOG LOSS NAME RBRACE RETURN REVEAL _TARGETS
COMMA MINUS RPAR
BY LSQB
ALLOW COMMA COMPONENT DOT GRAPH LSQB PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
"""
STATES = """\
FAMILY>2,IMPORT>3,METHOD>4,PROCESS>5,PROGRAM>6,RECORD>7,SPACE>8,declaration>9,family>10,import_>11,method>12,process>13,program>14,record>15,space>16
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,expr>32,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39
NAME>40
NAME>41,STRING>42
NAME>43
NAME>44
NAME>45
NAME>46
NAME>47

$END<164
$END<165
$END<166
$END<167
$END<168
$END<169
$END<170
@0<127
NAME>48,RBRACE>49,__entries_star_8>50,entry>51,path>52
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>53
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,RSQB>54,expr>55
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>56
@0<137
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,postfix>34,power>35,signed>37,sum>38,term>39,negated>57
@0<138
@0<139
@0<140
@0<248
AND>58,@1<184
@2<225
OR>59,RANGE>60,@3<261
@0<141

@2<150
DOT>61,LPAR>62,LSQB>63,POWER>64,@4<253
@4<286
AS>65,@5<191
@4<301
EQ>66,GE>67,GT>68,LE>69,LT>70,MINUS>71,NE>72,PLUS>73,@2<153
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<300
LBRACE>78
AS>79,LBRACE>80,import_names>81,$END<206
LBRACE>80,AS>82,import_names>83,$END<210
LPAR>84
LBRACE>85
LBRACE>86
LBRACE>87,fields>88
EQUAL>89
DOT>90,__path_star_9>91,@7<246
@0<186
NAME>48,path>52,RBRACE>92,entry>93
COMMA>94,@8<18
EQUAL>95,_TARGETS>96,@9<188
COMMA>97,RPAR>98,__atom_star_17>99
@0<131
COMMA>100,FOR>101,RSQB>102,__atom_star_17>103
@4<285
@2<224
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,postfix>34,power>35,signed>37,sum>38,term>39,negated>104
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,negated>33,postfix>34,power>35,signed>37,sum>38,term>39,both>105
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,entries>31,negated>33,postfix>34,power>35,signed>37,sum>38,term>39,either>106
NAME>107
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>108,arg>109,args>110,expr>111,RPAR<118
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>112,expr>113
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>114
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,annotation>118,list_type>119,pair_type>120,path>121,type>122
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>123
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>124
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>125
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>126
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>127
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>128
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>129
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>130
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>131
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>132
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>133
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>134
PROCESS>5,RECORD>7,SPACE>8,ALLOW>135,COMPONENT>136,GRAPH>137,PARAM>138,RBRACE>139,SIZES>140,STAGE>141,VARIANT>142,__family_star_1>143,_family_member>144,allow>145,component>146,graph>147,param>148,process>149,record>150,sizes>151,space>152,stage>153,variant>154
NAME>155
NAME>156,RBRACE>157,__import_names_star_0>158
$END<209
NAME>159
$END<213
NAME>160,role_names>161,RPAR<268
NAME>48,path>52,LET>162,RBRACE>163,__process_star_3>164,entry>165,let>166
PROCESS>5,ALLOW>135,GRAPH>137,PARAM>138,SIZES>140,ASSERT>167,CHECKPOINT>168,DATA>169,MESH>170,NAME>171,OPTIMIZE>172,PRODUCE>173,RBRACE>174,REVEAL>175,ROLE>176,STATE>177,TRACK>178,TRAIN>179,UPDATE>180,USE>181,VALIDATE>182,_TARGETS>183,__program_star_7>184,_program_member>185,allow>186,assert_>187,bind>188,data>189,draw>190,graph>191,optimize>192,param>193,process>194,produce>195,reveal>196,role>197,settings>198,sizes>199,state>200,track>201,update>202,use>203
NAME>204,RBRACE>205,__fields_star_10>206,field>207
@10<263
path>121,NAME>208,type>209
NAME>210
DOT>211,@11<247
@0<187
COMMA>212,@8<16
@8<19
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>213
NAME>214
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>215
@0<128
COMMA>216,RPAR>217
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>215,RSQB>218
NAME>219
@0<134
COMMA>220,RSQB>221
@2<149
AND>58,@1<185
OR>59,@3<262
@0<249
EQUAL>222,@12<137
COMMA>223,__args_star_18>224,RPAR<119
RPAR>225
@13<117
EQUAL>226,@14<137
RSQB>227
@4<254
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>228
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>229
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>230
@5<192
@15<113
@15<114
LSQB>231,@15<308
@15<115
MINUS>71,PLUS>73,@2<154
MINUS>71,PLUS>73,@2<155
MINUS>71,PLUS>73,@2<156
MINUS>71,PLUS>73,@2<157
MINUS>71,PLUS>73,@2<158
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<298
MINUS>71,PLUS>73,@2<159
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<299
@4<302
@4<303
@4<304
@4<305
LPAR>232
NAME>233
NAME>234
NAME>235
$END<193
LBRACE>18,entries>236
NAME>237
NAME>238
PROCESS>5,RECORD>7,SPACE>8,ALLOW>135,COMPONENT>136,GRAPH>137,PARAM>138,SIZES>140,STAGE>141,VARIANT>142,allow>145,component>146,graph>147,param>148,process>149,record>150,sizes>151,space>152,stage>153,variant>154,RBRACE>239,_family_member>240
COMMA>241,@16<22
@17<66
@17<67
@17<68
@17<69
@17<70
@17<71
@17<72
@17<73
@17<74
@17<75
LBRACE>80,import_names>242,$END<207
COMMA>243,@8<28
$END<214
NAME>244,RBRACE>245
LBRACE>80,import_names>246,$END<211
COMMA>247,__role_names_star_6>248,RPAR<269
RPAR>249
NAME>250
@18<255
NAME>48,path>52,LET>162,RBRACE>251,entry>252,let>253
COMMA>254,@19<52
COMMA>255,@19<54
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>256
LBRACE>18,EVERY>257,entries>258
NAME>259
LBRACE>18,EVERY>260,entries>261
EQUAL>262,TILDE>263
NAME>264
NAME>265
$END<259
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>266
NAME>267
NAME>268
NAME>269
LBRACE>18,EVERY>270,entries>271
NAME>272,updated>273
NAME>274,dotted>275
LBRACE>18,EVERY>276,entries>277
NAME>278
PROCESS>5,ALLOW>135,GRAPH>137,PARAM>138,SIZES>140,ASSERT>167,CHECKPOINT>168,DATA>169,MESH>170,NAME>171,OPTIMIZE>172,PRODUCE>173,REVEAL>175,ROLE>176,STATE>177,TRACK>178,TRAIN>179,UPDATE>180,USE>181,VALIDATE>182,_TARGETS>183,allow>186,bind>188,data>189,draw>190,graph>191,optimize>192,param>193,process>194,produce>195,reveal>196,role>197,settings>198,sizes>199,state>200,track>201,update>202,use>203,RBRACE>279,_program_member>280,assert_>281
COMMA>282,@20<59
@21<84
@20<61
@21<85
@21<86
@21<87
@21<88
@21<89
@21<90
@21<91
@21<92
@21<93
@21<94
@21<95
@21<96
@21<97
@21<98
@21<99
@21<100
COLON>283
@18<197
NAME>204,RBRACE>284,field>285
COMMA>286,@8<26
DOT>90,__path_star_9>91,STAR>287,__space_plus_2>288,@22<246
LBRACE>18,FROM>289,entries>290,@10<289
@23<46
NAME>291
@8<17
@9<189
RPAR>292
@24<4
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,RPAR>293,expr>294
@0<130
@0<132
IN>295
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>294,RSQB>296
@0<136
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>297
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>108,expr>111,arg>298,RPAR<120
COMMA>299,RPAR<121
@0<250
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>300
@0<252
COMMA>301,__pair_type_plus_13>302
RSQB>303
COMMA>301,__pair_type_plus_13>304
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>305,dim>306,dims>307,expr>308
NAME>309,code>310
EQUAL>311
LPAR>312
COLON>313,EQUAL>314,@25<233
@25<287
COLON>315
LBRACE>18,entries>316
$END<194
COMMA>317,@16<20
@16<23
$END<208
@8<29
COMMA>318,@8<30
$END<215
$END<212
NAME>319,RPAR<270
COMMA>320,RPAR<271
FROM>321,LBRACE>322
EQUAL>323
@18<256
COMMA>324,@19<48
COMMA>325,@19<50
@19<53
@19<55
COMMA>326,@26<123
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>327
@21<275
EQUAL>328
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>329
@21<278
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>330
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>331
EQUAL>332
EQUAL>333
@27<265
EQUAL>334
EQUAL>335
LBRACE>18,entries>336,@21<306
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>337
@21<281
COMMA>338,__role_names_star_6>339,@28<326
EVERY>340,EXCEPT>341,FROM>342,LBRACE>343,UNTIL>344,body>345
DOT>90,__path_star_9>346,@29<179
LPAR>347
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>348
@21<284
COMMA>349,RPAR>350,__role_names_star_6>351
$END<260
COMMA>352,@20<56
@20<58
@20<60
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>353
@18<198
COMMA>354,@8<24
@8<27
NAME>355
STAR>356,@10<288
NAME>357
@10<292
@23<47
EQUAL>358
@0<129
@24<5
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>359
@0<135
@13<116
@13<2
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>108,expr>111,arg>360,RPAR<122
RSQB>361
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>362
COMMA>363,RPAR>364
@15<217
COMMA>365,RPAR>366
EQUAL>367,@30<137
COMMA>368,__dims_star_12>369,RSQB<175
RSQB>370
TO>371,@31<173
MINUS>372,__code_star_16>373,@13<151
COMMA>374,RPAR>375,__allow_star_15>376
NAME>48,path>377
NAME>378,parameter>379,params>380,RPAR<241
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>381
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>382
NAME>383
@17<330
@16<21
@8<31
@32<62
NAME>384,RPAR<272
NAME>274,dotted>385
ALLOW>135,GRAPH>137,PARAM>138,ASSERT>167,NAME>171,REVEAL>175,STATE>177,UPDATE>180,_TARGETS>183,RBRACE>386,__method_star_5>387,_method_member>388,allow>389,assert_>390,bind>391,draw>392,graph>393,param>394,reveal>395,state>396,update>397
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>398
@19<49
@19<51
STRING>399,@26<124
LBRACE>18,NAME>400,entries>401
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>402
LBRACE>18,NAME>403,entries>404
@27<142
PER>405,@27<181
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>406
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>407
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>408
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>409
@21<307
LBRACE>18,NAME>410,entries>411
NAME>319
COMMA>412,@28<327
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>413
EVERY>414
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>415
ALLOW>135,ASSERT>167,NAME>171,REVEAL>175,_TARGETS>183,FOR>416,LOG>417,LOSS>418,RBRACE>419,RETURN>420,__body_star_14>421,_statement>422,allow>423,assert_>424,bind>425,draw>426,for_>427,log>428,loss>429,return_>430,reveal>431
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>432
@21<325
DOT>211,@29<180
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>108,arg>109,expr>111,args>433,RPAR<118
LBRACE>18,NAME>434,entries>435
NAME>319,RPAR>436
EQUAL>437
COMMA>438,RPAR>439
@20<57
LBRACE>18,entries>440,@33<195
@8<25
@34<64
NAME>441
LBRACE>18,entries>442,@10<290
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>443
RSQB>444
@13<3
@0<251
@13<42
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,RPAR>445,annotation>446
@15<230
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>446,RPAR>447
@15<232
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>448
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>305,expr>308,dim>449,RSQB<176
COMMA>450,RSQB<177
@15<309
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>451
NAME>452
MINUS>453,@13<152
NAME>309,RPAR>454,code>455
@35<110
COMMA>456,RPAR>457
LBRACE>18,entries>458,@17<160
COLON>459,EQUAL>460,@13<237
COMMA>461,__params_star_11>462,RPAR<242
RPAR>463
EQUAL>464,@25<234
@25<236
LPAR>465
@32<63
LBRACE>466
$END<222
ALLOW>135,GRAPH>137,PARAM>138,ASSERT>167,NAME>171,REVEAL>175,STATE>177,UPDATE>180,_TARGETS>183,allow>389,bind>391,draw>392,graph>393,param>394,reveal>395,state>396,update>397,RBRACE>467,_method_member>468,assert_>469
COMMA>470,@36<35
@37<76
@36<37
@37<77
@37<78
@37<79
@37<80
@37<81
@37<82
@37<83
@9<216
COMMA>471,@26<125
LBRACE>18,entries>472
@21<274
LBRACE>87,fields>473,@21<162
LBRACE>18,entries>474
@21<277
NAME>475
@21<226
TO>476
LBRACE>18,entries>477,@21<266
@21<297
LBRACE>18,entries>478
@21<280
NAME>384
LBRACE>343,EXCEPT>479,FROM>480,UNTIL>481,body>482
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>483
LBRACE>343,UNTIL>484,body>485
LPAR>486,NAME>487,for_targets>488
NAME>489
NAME>490
@35<147
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>491
ALLOW>135,ASSERT>167,NAME>171,REVEAL>175,_TARGETS>183,FOR>416,LOG>417,LOSS>418,RETURN>420,allow>423,bind>425,draw>426,for_>427,log>428,loss>429,return_>430,reveal>431,RBRACE>492,_statement>493,assert_>494
COMMA>495,@38<9
@39<101
@38<11
@39<102
@39<103
@39<104
@39<105
@39<106
@39<107
@39<108
LBRACE>343,body>496
RPAR>497
LBRACE>18,entries>498
@21<283
EQUAL>499
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>500
NAME>384,RPAR>501
EQUAL>502
@33<196
@34<65
@10<291
@9<190
@0<133
@15<229
@13<43
@15<231
TO>503,@31<171
@31<14
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>305,expr>308,dim>504,RSQB<178
@31<174
@40<12
NAME>505
@35<109
@13<0
NAME>309,RPAR>506,code>507
@35<112
@17<161
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>508
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>509
NAME>378,parameter>510,RPAR<243
COMMA>511,RPAR<244
LBRACE>343,body>512
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>513
NAME>378,parameter>379,params>514,RPAR<241
ALLOW>135,GRAPH>137,PARAM>138,ASSERT>167,NAME>171,REVEAL>175,STATE>177,UPDATE>180,_TARGETS>183,_method_member>388,allow>389,assert_>390,bind>391,draw>392,graph>393,param>394,reveal>395,state>396,update>397,RBRACE>515,__method_star_5>516
$END<223
COMMA>517,@36<32
@36<34
@36<36
@26<126
@21<273
@21<163
@21<276
LPAR>518,@27<182
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>519
@21<267
@21<279
EVERY>520
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>521
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>522
@21<317
LBRACE>343,FROM>523,UNTIL>524,body>525
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>526
@21<323
NAME>527
IN<204
IN>528
EQUAL>529
EQUAL>530
@39<264
@35<148
COMMA>531,@38<6
@38<8
@38<10
@21<324
LBRACE>18,entries>532,@21<328
@21<282
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>533
@27<144
EQUAL>534
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>535
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>536
@31<15
@40<13
@35<111
@13<1
EQUAL>537,@13<238
@13<240
@13<44
NAME>378,parameter>538,RPAR<245
@25<205
@25<235
RPAR>539
$END<220
ALLOW>135,GRAPH>137,PARAM>138,ASSERT>167,NAME>171,REVEAL>175,STATE>177,UPDATE>180,_TARGETS>183,allow>389,bind>391,draw>392,graph>393,param>394,reveal>395,state>396,update>397,_method_member>468,assert_>469,RBRACE>540
@36<33
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>541
LBRACE>18,entries>542,@21<257
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>543
LBRACE>343,UNTIL>544,body>545
LBRACE>343,body>546
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>547
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>548
@21<321
LBRACE>343,body>549
COMMA>550,RPAR>551,__role_names_star_6>552
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>553
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>554
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>555
@38<7
@21<329
@27<143
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>556
@27<146
@31<172
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>557
@13<45
ARROW>558
$END<221
RPAR>559
@21<258
LBRACE>343,FROM>560,UNTIL>561,body>562
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>563
@21<315
@21<316
LBRACE>343,UNTIL>564,body>565
LBRACE>343,body>566
@21<322
NAME>319,RPAR>567
IN<201
COMMA>568,RPAR>569
LBRACE>343,body>570
@39<218
@39<219
@27<145
@13<239
LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,NAME>571,annotation>572,stage_result>573
@27<183
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>574
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>575
@21<313
LBRACE>343,body>576
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>577
@21<319
@21<320
IN<200
NAME>384,RPAR>578
IN<203
@39<199
DOT>90,__path_star_9>91,LPAR>579,@41<246
BY<296
BY>580
LBRACE>343,UNTIL>581,body>582
LBRACE>343,body>583
@21<314
LBRACE>343,body>584
IN<202
NAME>585
NAME>586
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>587
@21<311
@21<312
@21<318
RPAR>588
DOT>589,LPAR>590
LBRACE>343,body>591
BY<295
NAME>592
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>108,arg>109,expr>111,args>593,RPAR<118
@21<310
LPAR>594
RPAR>595
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>108,arg>109,expr>111,args>596,RPAR<118
DOT>597,LSQB>598,__outputs_star_4>599,outputs>600,@17<227
RPAR>601
NAME>602
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>603
DOT>604,LSQB>605,@17<228
@17<294
DOT>597,LSQB>598,__outputs_star_4>599,outputs>606,@17<227
@42<38
RSQB>607
NAME>608
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>609
@17<293
@42<39
@42<40
RSQB>610
@42<41
"""
