"""Made from fdl.lark by `python -m fdc.grammar.build`; see there for the notation."""

# ruff: noqa: E501

STARTS = "declaration expr"
ENDS = "9 32"
KEYWORDS = """\
allow ALLOW
and AND
as AS
assert ASSERT
at AT
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
with WITH
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
rated 1 . 0
rated 3 at 0 2
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
space 6 resized 1 3 5
space 5 product 1 3 4
space 4 space 1 3 - -
space 6 space 1 3 5 -
space 7 space 1 3 5 6
space 5 space 1 3 - 4
stage 17 stage 1 3 5 8 10 12 14 16
stage 15 stage 1 3 5 8 10 - 12 14
stage 13 changed_stage 1 3 5 8 10 12
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
variant 5 variant 1 3 4
variant 3 variant 1 - 2
"""
LOOKAHEADS = """\
$END ALLOW AND AS ASSERT BY CHECKPOINT COMMA COMPONENT DATA DOT EQ EQUAL EXCEPT FLOOR FOR FROM GE GRAPH GT LBRACE LE LET LOG LOSS LPAR LSQB LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PERCENT PLUS POWER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SLASH SPACE STAGE STAR STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AS ASSERT CHECKPOINT COMMA COMPONENT DATA EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE OR PARAM PER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE OR PARAM PER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AS ASSERT CHECKPOINT COMMA COMPONENT DATA EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AND AS ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQ EQUAL EXCEPT FLOOR FOR FROM GE GRAPH GT LBRACE LE LET LOG LOSS LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PERCENT PLUS PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SLASH SPACE STAGE STAR STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AND AS ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQ EQUAL EXCEPT FOR FROM GE GRAPH GT LBRACE LE LET LOG LOSS LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PLUS PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW ASSERT AT CHECKPOINT COMMA COMPONENT DATA EQUAL EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
NAME RBRACE
COMMA LET NAME RBRACE
$END ALLOW COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ALLOW ASSERT AT BY CHECKPOINT COMMA COMPONENT DATA EQUAL EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
AND AS COMMA DOT EQ FLOOR GE GT LE LPAR LSQB LT MINUS NE OR PERCENT PLUS POWER RANGE RPAR SLASH STAR
COMMA RPAR
AND AS DOT EQ FLOOR GE GT LE LPAR LSQB LT MINUS NE OR PERCENT PLUS POWER RANGE RSQB SLASH STAR
$END ALLOW ASSERT AT BY CHECKPOINT COMMA COMPONENT DATA EQUAL EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
ALLOW COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
ALLOW COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
LET NAME RBRACE
ALLOW ASSERT CHECKPOINT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
ALLOW ASSERT CHECKPOINT COMMA DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
$END ALLOW COMMA COMPONENT FROM GRAPH LBRACE LSQB PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ALLOW ASSERT AT BY CHECKPOINT COMMA COMPONENT DATA DOT EQUAL EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS LPAR LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
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
BY COMMA EQUAL RPAR
AT BY LSQB
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
@4<288
AS>65,@5<191
@4<305
EQ>66,GE>67,GT>68,LE>69,LT>70,MINUS>71,NE>72,PLUS>73,@2<153
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<304
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
@4<287
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
NAME>160,role_names>161,RPAR<270
NAME>48,path>52,LET>162,RBRACE>163,__process_star_3>164,entry>165,let>166
PROCESS>5,ALLOW>135,GRAPH>137,PARAM>138,SIZES>140,ASSERT>167,CHECKPOINT>168,DATA>169,MESH>170,NAME>171,OPTIMIZE>172,PRODUCE>173,RBRACE>174,REVEAL>175,ROLE>176,STATE>177,TRACK>178,TRAIN>179,UPDATE>180,USE>181,VALIDATE>182,_TARGETS>183,__program_star_7>184,_program_member>185,allow>186,assert_>187,bind>188,data>189,draw>190,graph>191,optimize>192,param>193,process>194,produce>195,reveal>196,role>197,settings>198,sizes>199,state>200,track>201,update>202,use>203
NAME>204,RBRACE>205,__fields_star_10>206,field>207
@10<265
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
LSQB>231,@15<312
@15<115
MINUS>71,PLUS>73,@2<154
MINUS>71,PLUS>73,@2<155
MINUS>71,PLUS>73,@2<156
MINUS>71,PLUS>73,@2<157
MINUS>71,PLUS>73,@2<158
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<302
MINUS>71,PLUS>73,@2<159
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<303
@4<306
@4<307
@4<308
@4<309
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
COMMA>247,__role_names_star_6>248,RPAR<271
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
DOT>90,__path_star_9>91,STAR>287,WITH>288,__space_plus_2>289,@22<246
LBRACE>18,FROM>290,entries>291,@10<292
@23<46
NAME>292
@8<17
@9<189
RPAR>293
@24<4
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,RPAR>294,expr>295
@0<130
@0<132
IN>296
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>295,RSQB>297
@0<136
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>298
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>108,expr>111,arg>299,RPAR<120
COMMA>300,RPAR<121
@0<250
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>301
@0<252
COMMA>302,__pair_type_plus_13>303
RSQB>304
COMMA>302,__pair_type_plus_13>305
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>306,dim>307,dims>308,expr>309
NAME>310,code>311
EQUAL>312
LPAR>313
COLON>314,EQUAL>315,@25<233
@25<289
COLON>316
LBRACE>18,FROM>317,entries>318
$END<194
COMMA>319,@16<20
@16<23
$END<208
@8<29
COMMA>320,@8<30
$END<215
$END<212
NAME>321,RPAR<272
COMMA>322,RPAR<273
FROM>323,LBRACE>324
EQUAL>325
@18<256
COMMA>326,@19<48
COMMA>327,@19<50
@19<53
@19<55
COMMA>328,@26<123
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>329
@21<277
EQUAL>330
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>331
@21<280
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>332
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>333
EQUAL>334
EQUAL>335
@27<267
EQUAL>336
EQUAL>337
LBRACE>18,entries>338,@21<310
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>339
@21<283
COMMA>340,__role_names_star_6>341,@28<330
EVERY>342,EXCEPT>343,FROM>344,LBRACE>345,UNTIL>346,body>347
DOT>90,__path_star_9>348,@29<179
LPAR>349
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>350
@21<286
COMMA>351,RPAR>352,__role_names_star_6>353
$END<260
COMMA>354,@20<56
@20<58
@20<60
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>355
@18<198
COMMA>356,@8<24
@8<27
NAME>357
LBRACE>18,entries>358
STAR>359,@10<291
NAME>360
@10<295
@23<47
EQUAL>361
@0<129
@24<5
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>362
@0<135
@13<116
@13<2
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>108,expr>111,arg>363,RPAR<122
RSQB>364
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>365
COMMA>366,RPAR>367
@15<217
COMMA>368,RPAR>369
EQUAL>370,@30<137
COMMA>371,__dims_star_12>372,RSQB<175
RSQB>373
TO>374,@31<173
MINUS>375,__code_star_16>376,@13<151
COMMA>377,RPAR>378,__allow_star_15>379
NAME>48,path>380
NAME>381,parameter>382,params>383,RPAR<241
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>384
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>385
NAME>386
NAME>387
@17<335
@16<21
@8<31
@32<62
NAME>388,RPAR<274
NAME>274,dotted>389
ALLOW>135,GRAPH>137,PARAM>138,ASSERT>167,NAME>171,REVEAL>175,STATE>177,UPDATE>180,_TARGETS>183,RBRACE>390,__method_star_5>391,_method_member>392,allow>393,assert_>394,bind>395,draw>396,graph>397,param>398,reveal>399,state>400,update>401
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>402
@19<49
@19<51
STRING>403,@26<124
LBRACE>18,NAME>404,entries>405
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>406
LBRACE>18,NAME>407,entries>408
@27<142
PER>409,@27<181
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>410
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>411
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>412
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>413
@21<311
LBRACE>18,NAME>414,entries>415
NAME>321
COMMA>416,@28<331
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>417
EVERY>418
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>419
ALLOW>135,ASSERT>167,NAME>171,REVEAL>175,_TARGETS>183,FOR>420,LOG>421,LOSS>422,RBRACE>423,RETURN>424,__body_star_14>425,_statement>426,allow>427,assert_>428,bind>429,draw>430,for_>431,log>432,loss>433,return_>434,reveal>435
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>436
@21<329
DOT>211,@29<180
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>108,arg>109,expr>111,args>437,RPAR<118
LBRACE>18,NAME>438,entries>439
NAME>321,RPAR>440
EQUAL>441
COMMA>442,RPAR>443
@20<57
LBRACE>18,entries>444,@33<195
@8<25
@34<64
@10<290
NAME>445
LBRACE>18,entries>446,@10<293
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>447
RSQB>448
@13<3
@0<251
@13<42
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,RPAR>449,annotation>450
@15<230
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>450,RPAR>451
@15<232
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>452
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>306,expr>309,dim>453,RSQB<176
COMMA>454,RSQB<177
@15<313
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>455
NAME>456
MINUS>457,@13<152
NAME>310,RPAR>458,code>459
@35<110
COMMA>460,RPAR>461
LBRACE>18,entries>462,@17<160
COLON>463,EQUAL>464,@13<237
COMMA>465,__params_star_11>466,RPAR<242
RPAR>467
EQUAL>468,@25<234
@25<236
LPAR>469
LBRACE>18,entries>470
@32<63
LBRACE>471
$END<222
ALLOW>135,GRAPH>137,PARAM>138,ASSERT>167,NAME>171,REVEAL>175,STATE>177,UPDATE>180,_TARGETS>183,allow>393,bind>395,draw>396,graph>397,param>398,reveal>399,state>400,update>401,RBRACE>472,_method_member>473,assert_>474
COMMA>475,@36<35
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
COMMA>476,@26<125
LBRACE>18,entries>477
@21<276
LBRACE>87,fields>478,@21<162
LBRACE>18,entries>479
@21<279
NAME>480
@21<226
TO>481
LBRACE>18,entries>482,@21<268
@21<301
LBRACE>18,entries>483
@21<282
NAME>388
LBRACE>345,EXCEPT>484,FROM>485,UNTIL>486,body>487
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>488
LBRACE>345,UNTIL>489,body>490
LPAR>491,NAME>492,for_targets>493
NAME>494
NAME>495
@35<147
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>496
ALLOW>135,ASSERT>167,NAME>171,REVEAL>175,_TARGETS>183,FOR>420,LOG>421,LOSS>422,RETURN>424,allow>427,bind>429,draw>430,for_>431,log>432,loss>433,return_>434,reveal>435,RBRACE>497,_statement>498,assert_>499
COMMA>500,@38<9
@39<101
@38<11
@39<102
@39<103
@39<104
@39<105
@39<106
@39<107
@39<108
LBRACE>345,body>501
RPAR>502
LBRACE>18,entries>503
@21<285
EQUAL>504
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>505
NAME>388,RPAR>506
EQUAL>507
@33<196
@34<65
@10<294
@9<190
@0<133
@15<229
@13<43
@15<231
TO>508,@31<171
@31<14
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>306,expr>309,dim>509,RSQB<178
@31<174
@40<12
NAME>510
@35<109
@13<0
NAME>310,RPAR>511,code>512
@35<112
@17<161
NAME>48,LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>513,rated>514
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>515
NAME>381,parameter>516,RPAR<243
COMMA>517,RPAR<244
LBRACE>345,body>518
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>519
NAME>381,parameter>382,params>520,RPAR<241
@17<334
ALLOW>135,GRAPH>137,PARAM>138,ASSERT>167,NAME>171,REVEAL>175,STATE>177,UPDATE>180,_TARGETS>183,_method_member>392,allow>393,assert_>394,bind>395,draw>396,graph>397,param>398,reveal>399,state>400,update>401,RBRACE>521,__method_star_5>522
$END<223
COMMA>523,@36<32
@36<34
@36<36
@26<126
@21<275
@21<163
@21<278
LPAR>524,@27<182
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>525
@21<269
@21<281
EVERY>526
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>527
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>528
@21<321
LBRACE>345,FROM>529,UNTIL>530,body>531
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>532
@21<327
NAME>533
IN<204
IN>534
EQUAL>535
EQUAL>536
@39<266
@35<148
COMMA>537,@38<6
@38<8
@38<10
@21<328
LBRACE>18,entries>538,@21<332
@21<284
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>539
@27<144
EQUAL>540
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>541
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>542
@31<15
@40<13
@35<111
@13<1
AT>543,@41<263
EQUAL>544,@13<238
@13<240
@13<44
NAME>381,parameter>545,RPAR<245
@25<205
@25<235
RPAR>546
$END<220
ALLOW>135,GRAPH>137,PARAM>138,ASSERT>167,NAME>171,REVEAL>175,STATE>177,UPDATE>180,_TARGETS>183,allow>393,bind>395,draw>396,graph>397,param>398,reveal>399,state>400,update>401,_method_member>473,assert_>474,RBRACE>547
@36<33
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>548
LBRACE>18,entries>549,@21<257
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>550
LBRACE>345,UNTIL>551,body>552
LBRACE>345,body>553
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>554
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>555
@21<325
LBRACE>345,body>556
COMMA>557,RPAR>558,__role_names_star_6>559
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>560
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>561
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>562
@38<7
@21<333
@27<143
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>563
@27<146
@31<172
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>564
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>565
@13<45
ARROW>566
$END<221
RPAR>567
@21<258
LBRACE>345,FROM>568,UNTIL>569,body>570
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>571
@21<319
@21<320
LBRACE>345,UNTIL>572,body>573
LBRACE>345,body>574
@21<326
NAME>321,RPAR>575
IN<201
COMMA>576,RPAR>577
LBRACE>345,body>578
@39<218
@39<219
@27<145
MINUS>71,PLUS>73,@41<264
@13<239
LPAR>115,LSQB>116,_TARGETS>117,list_type>119,pair_type>120,path>121,type>122,annotation>513,NAME>579,rated>580,stage_result>581
@27<183
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>582
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>583
@21<317
LBRACE>345,body>584
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>585
@21<323
@21<324
IN<200
NAME>388,RPAR>586
IN<203
@39<199
DOT>90,__path_star_9>91,LPAR>587,@42<246
BY<300
BY>588
LBRACE>345,UNTIL>589,body>590
LBRACE>345,body>591
@21<318
LBRACE>345,body>592
IN<202
NAME>593
NAME>594
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>595
@21<315
@21<316
@21<322
RPAR>596
DOT>597,LPAR>598,WITH>599
LBRACE>345,body>600
BY<299
NAME>601
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>108,arg>109,expr>111,args>602,RPAR<118
LBRACE>18,entries>603
@21<314
LPAR>604
RPAR>605
@17<298
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>108,arg>109,expr>111,args>606,RPAR<118
DOT>607,LSQB>608,__outputs_star_4>609,outputs>610,@17<227
RPAR>611
NAME>612
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>613
DOT>614,LSQB>615,@17<228
@17<297
DOT>607,LSQB>608,__outputs_star_4>609,outputs>616,@17<227
@43<38
RSQB>617
NAME>618
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>619
@17<296
@43<39
@43<40
RSQB>620
@43<41
"""
