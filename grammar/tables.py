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

$END<163
$END<164
$END<165
$END<166
$END<167
$END<168
$END<169
@0<127
NAME>48,RBRACE>49,__entries_star_8>50,entry>51,path>52
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>53
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,RSQB>54,expr>55
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>56
@0<136
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,postfix>34,power>35,signed>37,sum>38,term>39,negated>57
@0<137
@0<138
@0<139
@0<246
AND>58,@1<183
@2<223
OR>59,RANGE>60,@3<258
@0<140

@2<149
DOT>61,LPAR>62,LSQB>63,POWER>64,@4<250
@4<283
AS>65,@5<189
@4<298
EQ>66,GE>67,GT>68,LE>69,LT>70,MINUS>71,NE>72,PLUS>73,@2<152
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<297
LBRACE>78
AS>79,LBRACE>80,import_names>81,$END<204
LBRACE>80,AS>82,import_names>83,$END<208
LPAR>84
LBRACE>85
LBRACE>86
LBRACE>87,fields>88
EQUAL>89
DOT>90,__path_star_9>91,@7<244
@0<185
NAME>48,path>52,RBRACE>92,entry>93
COMMA>94,@8<18
EQUAL>95,@9<187
COMMA>96,RPAR>97,__atom_star_17>98
@0<131
COMMA>99,RSQB>100,__atom_star_17>101
@4<282
@2<222
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,postfix>34,power>35,signed>37,sum>38,term>39,negated>102
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,negated>33,postfix>34,power>35,signed>37,sum>38,term>39,both>103
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,entries>31,negated>33,postfix>34,power>35,signed>37,sum>38,term>39,either>104
NAME>105
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,args>108,expr>109,RPAR<118
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>110
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>111
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,annotation>115,list_type>116,pair_type>117,path>118,type>119
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>120
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>121
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>122
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>123
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>124
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>125
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>126
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>127
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>128
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>129
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>130
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>131
PROCESS>5,RECORD>7,SPACE>8,ALLOW>132,COMPONENT>133,GRAPH>134,PARAM>135,RBRACE>136,SIZES>137,STAGE>138,VARIANT>139,__family_star_1>140,_family_member>141,allow>142,component>143,graph>144,param>145,process>146,record>147,sizes>148,space>149,stage>150,variant>151
NAME>152
NAME>153,RBRACE>154,__import_names_star_0>155
$END<207
NAME>156
$END<211
NAME>157,role_names>158,RPAR<265
NAME>48,path>52,LET>159,RBRACE>160,__process_star_3>161,entry>162,let>163
PROCESS>5,ALLOW>132,GRAPH>134,PARAM>135,SIZES>137,ASSERT>164,CHECKPOINT>165,DATA>166,MESH>167,NAME>168,OPTIMIZE>169,PRODUCE>170,RBRACE>171,REVEAL>172,ROLE>173,STATE>174,TRACK>175,TRAIN>176,UPDATE>177,USE>178,VALIDATE>179,_TARGETS>180,__program_star_7>181,_program_member>182,allow>183,assert_>184,bind>185,data>186,draw>187,graph>188,optimize>189,param>190,process>191,produce>192,reveal>193,role>194,settings>195,sizes>196,state>197,track>198,update>199,use>200
NAME>201,RBRACE>202,__fields_star_10>203,field>204
@10<260
path>118,NAME>205,type>206
NAME>207
DOT>208,@11<245
@0<186
COMMA>209,@8<16
@8<19
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>210
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>211
@0<128
COMMA>212,RPAR>213
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>211,RSQB>214
@0<133
COMMA>215,RSQB>216
@2<148
AND>58,@1<184
OR>59,@3<259
@0<247
EQUAL>217,@12<136
COMMA>218,__args_star_18>219,RPAR<119
RPAR>220
@13<117
RSQB>221
@4<251
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>222
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>223
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>224
@5<190
@14<113
@14<114
LSQB>225,@14<305
@14<115
MINUS>71,PLUS>73,@2<153
MINUS>71,PLUS>73,@2<154
MINUS>71,PLUS>73,@2<155
MINUS>71,PLUS>73,@2<156
MINUS>71,PLUS>73,@2<157
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<295
MINUS>71,PLUS>73,@2<158
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<296
@4<299
@4<300
@4<301
@4<302
LPAR>226
NAME>227
NAME>228
NAME>229
$END<191
LBRACE>18,entries>230
NAME>231
NAME>232
PROCESS>5,RECORD>7,SPACE>8,ALLOW>132,COMPONENT>133,GRAPH>134,PARAM>135,SIZES>137,STAGE>138,VARIANT>139,allow>142,component>143,graph>144,param>145,process>146,record>147,sizes>148,space>149,stage>150,variant>151,RBRACE>233,_family_member>234
COMMA>235,@15<22
@16<66
@16<67
@16<68
@16<69
@16<70
@16<71
@16<72
@16<73
@16<74
@16<75
LBRACE>80,import_names>236,$END<205
COMMA>237,@8<28
$END<212
NAME>238,RBRACE>239
LBRACE>80,import_names>240,$END<209
COMMA>241,__role_names_star_6>242,RPAR<266
RPAR>243
NAME>244
@17<252
NAME>48,path>52,LET>159,RBRACE>245,entry>246,let>247
COMMA>248,@18<52
COMMA>249,@18<54
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>250
LBRACE>18,EVERY>251,entries>252
NAME>253
LBRACE>18,EVERY>254,entries>255
EQUAL>256,TILDE>257
NAME>258
NAME>259
$END<256
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>260
NAME>261
NAME>262
NAME>263
LBRACE>18,EVERY>264,entries>265
NAME>266,updated>267
NAME>268,dotted>269
LBRACE>18,EVERY>270,entries>271
NAME>272
PROCESS>5,ALLOW>132,GRAPH>134,PARAM>135,SIZES>137,ASSERT>164,CHECKPOINT>165,DATA>166,MESH>167,NAME>168,OPTIMIZE>169,PRODUCE>170,REVEAL>172,ROLE>173,STATE>174,TRACK>175,TRAIN>176,UPDATE>177,USE>178,VALIDATE>179,_TARGETS>180,allow>183,bind>185,data>186,draw>187,graph>188,optimize>189,param>190,process>191,produce>192,reveal>193,role>194,settings>195,sizes>196,state>197,track>198,update>199,use>200,RBRACE>273,_program_member>274,assert_>275
COMMA>276,@19<59
@20<84
@19<61
@20<85
@20<86
@20<87
@20<88
@20<89
@20<90
@20<91
@20<92
@20<93
@20<94
@20<95
@20<96
@20<97
@20<98
@20<99
@20<100
COLON>277
@17<195
NAME>201,RBRACE>278,field>279
COMMA>280,@8<26
DOT>90,__path_star_9>91,STAR>281,__space_plus_2>282,@21<244
LBRACE>18,FROM>283,entries>284,@10<286
@22<46
NAME>285
@8<17
@9<188
@23<4
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,RPAR>286,expr>287
@0<130
@0<132
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>287,RSQB>288
@0<135
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>289
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,expr>109,arg>290,RPAR<120
COMMA>291,RPAR<121
@0<248
@0<249
COMMA>292,__pair_type_plus_13>293
RSQB>294
COMMA>292,__pair_type_plus_13>295
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>296,dim>297,dims>298,expr>299
NAME>300,code>301
EQUAL>302
LPAR>303
COLON>304,EQUAL>305,@24<231
@24<284
COLON>306
LBRACE>18,entries>307
$END<192
COMMA>308,@15<20
@15<23
$END<206
@8<29
COMMA>309,@8<30
$END<213
$END<210
NAME>310,RPAR<267
COMMA>311,RPAR<268
FROM>312,LBRACE>313
EQUAL>314
@17<253
COMMA>315,@18<48
COMMA>316,@18<50
@18<53
@18<55
COMMA>317,@25<123
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>318
@20<272
EQUAL>319
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>320
@20<275
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>321
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>322
EQUAL>323
EQUAL>324
@26<262
EQUAL>325
EQUAL>326
LBRACE>18,entries>327,@20<303
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>328
@20<278
COMMA>329,__role_names_star_6>330,@27<323
EVERY>331,EXCEPT>332,FROM>333,LBRACE>334,UNTIL>335,body>336
DOT>90,__path_star_9>337,@28<178
LPAR>338
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>339
@20<281
COMMA>340,RPAR>341,__role_names_star_6>342
$END<257
COMMA>343,@19<56
@19<58
@19<60
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>344
@17<196
COMMA>345,@8<24
@8<27
NAME>346
STAR>347,@10<285
NAME>348
@10<289
@22<47
@0<129
@23<5
@0<134
@13<116
@13<2
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,expr>109,arg>349,RPAR<122
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>350
COMMA>351,RPAR>352
@14<215
COMMA>353,RPAR>354
EQUAL>355,@29<136
COMMA>356,__dims_star_12>357,RSQB<174
RSQB>358
TO>359,@30<172
MINUS>360,__code_star_16>361,@13<150
COMMA>362,RPAR>363,__allow_star_15>364
NAME>48,path>365
NAME>366,parameter>367,params>368,RPAR<239
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>369
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>370
NAME>371
@16<327
@15<21
@8<31
@31<62
NAME>372,RPAR<269
NAME>268,dotted>373
ALLOW>132,GRAPH>134,PARAM>135,ASSERT>164,NAME>168,REVEAL>172,STATE>174,UPDATE>177,_TARGETS>180,RBRACE>374,__method_star_5>375,_method_member>376,allow>377,assert_>378,bind>379,draw>380,graph>381,param>382,reveal>383,state>384,update>385
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>386
@18<49
@18<51
STRING>387,@25<124
LBRACE>18,NAME>388,entries>389
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>390
LBRACE>18,NAME>391,entries>392
@26<141
PER>393,@26<180
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>394
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>395
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>396
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>397
@20<304
LBRACE>18,NAME>398,entries>399
NAME>310
COMMA>400,@27<324
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>401
EVERY>402
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>403
ALLOW>132,ASSERT>164,NAME>168,REVEAL>172,_TARGETS>180,FOR>404,LOG>405,LOSS>406,RBRACE>407,RETURN>408,__body_star_14>409,_statement>410,allow>411,assert_>412,bind>413,draw>414,for_>415,log>416,loss>417,return_>418,reveal>419
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>420
@20<322
DOT>208,@28<179
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,expr>109,args>421,RPAR<118
LBRACE>18,NAME>422,entries>423
NAME>310,RPAR>424
EQUAL>425
COMMA>426,RPAR>427
@19<57
LBRACE>18,entries>428,@32<193
@8<25
@33<64
NAME>429
LBRACE>18,entries>430,@10<287
@13<3
@13<42
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,RPAR>431,annotation>432
@14<228
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>432,RPAR>433
@14<230
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>434
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>296,expr>299,dim>435,RSQB<175
COMMA>436,RSQB<176
@14<306
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>437
NAME>438
MINUS>439,@13<151
NAME>300,RPAR>440,code>441
@34<110
COMMA>442,RPAR>443
LBRACE>18,entries>444,@16<159
COLON>445,EQUAL>446,@13<235
COMMA>447,__params_star_11>448,RPAR<240
RPAR>449
EQUAL>450,@24<232
@24<234
LPAR>451
@31<63
LBRACE>452
$END<220
ALLOW>132,GRAPH>134,PARAM>135,ASSERT>164,NAME>168,REVEAL>172,STATE>174,UPDATE>177,_TARGETS>180,allow>377,bind>379,draw>380,graph>381,param>382,reveal>383,state>384,update>385,RBRACE>453,_method_member>454,assert_>455
COMMA>456,@35<35
@36<76
@35<37
@36<77
@36<78
@36<79
@36<80
@36<81
@36<82
@36<83
@9<214
COMMA>457,@25<125
LBRACE>18,entries>458
@20<271
LBRACE>87,fields>459,@20<161
LBRACE>18,entries>460
@20<274
NAME>461
@20<224
TO>462
LBRACE>18,entries>463,@20<263
@20<294
LBRACE>18,entries>464
@20<277
NAME>372
LBRACE>334,EXCEPT>465,FROM>466,UNTIL>467,body>468
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>469
LBRACE>334,UNTIL>470,body>471
LPAR>472,NAME>473,for_targets>474
NAME>475
NAME>476
@34<146
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>477
ALLOW>132,ASSERT>164,NAME>168,REVEAL>172,_TARGETS>180,FOR>404,LOG>405,LOSS>406,RETURN>408,allow>411,bind>413,draw>414,for_>415,log>416,loss>417,return_>418,reveal>419,RBRACE>478,_statement>479,assert_>480
COMMA>481,@37<9
@38<101
@37<11
@38<102
@38<103
@38<104
@38<105
@38<106
@38<107
@38<108
LBRACE>334,body>482
RPAR>483
LBRACE>18,entries>484
@20<280
EQUAL>485
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>486
NAME>372,RPAR>487
EQUAL>488
@32<194
@33<65
@10<288
@14<227
@13<43
@14<229
TO>489,@30<170
@30<14
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>296,expr>299,dim>490,RSQB<177
@30<173
@39<12
NAME>491
@34<109
@13<0
NAME>300,RPAR>492,code>493
@34<112
@16<160
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>494
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>495
NAME>366,parameter>496,RPAR<241
COMMA>497,RPAR<242
LBRACE>334,body>498
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>499
NAME>366,parameter>367,params>500,RPAR<239
ALLOW>132,GRAPH>134,PARAM>135,ASSERT>164,NAME>168,REVEAL>172,STATE>174,UPDATE>177,_TARGETS>180,_method_member>376,allow>377,assert_>378,bind>379,draw>380,graph>381,param>382,reveal>383,state>384,update>385,RBRACE>501,__method_star_5>502
$END<221
COMMA>503,@35<32
@35<34
@35<36
@25<126
@20<270
@20<162
@20<273
LPAR>504,@26<181
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>505
@20<264
@20<276
EVERY>506
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>507
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>508
@20<314
LBRACE>334,FROM>509,UNTIL>510,body>511
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>512
@20<320
NAME>513
IN<202
IN>514
EQUAL>515
EQUAL>516
@38<261
@34<147
COMMA>517,@37<6
@37<8
@37<10
@20<321
LBRACE>18,entries>518,@20<325
@20<279
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>519
@26<143
EQUAL>520
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>521
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>522
@30<15
@39<13
@34<111
@13<1
EQUAL>523,@13<236
@13<238
@13<44
NAME>366,parameter>524,RPAR<243
@24<203
@24<233
RPAR>525
$END<218
ALLOW>132,GRAPH>134,PARAM>135,ASSERT>164,NAME>168,REVEAL>172,STATE>174,UPDATE>177,_TARGETS>180,allow>377,bind>379,draw>380,graph>381,param>382,reveal>383,state>384,update>385,_method_member>454,assert_>455,RBRACE>526
@35<33
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>527
LBRACE>18,entries>528,@20<254
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>529
LBRACE>334,UNTIL>530,body>531
LBRACE>334,body>532
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>533
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>534
@20<318
LBRACE>334,body>535
COMMA>536,RPAR>537,__role_names_star_6>538
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>539
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>540
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>541
@37<7
@20<326
@26<142
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>542
@26<145
@30<171
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>543
@13<45
ARROW>544
$END<219
RPAR>545
@20<255
LBRACE>334,FROM>546,UNTIL>547,body>548
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>549
@20<312
@20<313
LBRACE>334,UNTIL>550,body>551
LBRACE>334,body>552
@20<319
NAME>310,RPAR>553
IN<199
COMMA>554,RPAR>555
LBRACE>334,body>556
@38<216
@38<217
@26<144
@13<237
LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,NAME>557,annotation>558,stage_result>559
@26<182
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>560
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>561
@20<310
LBRACE>334,body>562
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>563
@20<316
@20<317
IN<198
NAME>372,RPAR>564
IN<201
@38<197
DOT>90,__path_star_9>91,LPAR>565,@40<244
BY<293
BY>566
LBRACE>334,UNTIL>567,body>568
LBRACE>334,body>569
@20<311
LBRACE>334,body>570
IN<200
NAME>571
NAME>572
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>573
@20<308
@20<309
@20<315
RPAR>574
DOT>575,LPAR>576
LBRACE>334,body>577
BY<292
NAME>578
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,expr>109,args>579,RPAR<118
@20<307
LPAR>580
RPAR>581
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,expr>109,args>582,RPAR<118
DOT>583,LSQB>584,__outputs_star_4>585,outputs>586,@16<225
RPAR>587
NAME>588
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>589
DOT>590,LSQB>591,@16<226
@16<291
DOT>583,LSQB>584,__outputs_star_4>585,outputs>592,@16<225
@41<38
RSQB>593
NAME>594
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>595
@16<290
@41<39
@41<40
RSQB>596
@41<41
"""
